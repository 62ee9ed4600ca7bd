"""``python -m wsgi_gateway``: the command line, where the console script is not on the path."""

if __name__ == "__main__":
    from wsgi_gateway.cli import main

    main(prog_name="python -m wsgi_gateway")
