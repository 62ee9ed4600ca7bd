"""``python -m wsgi_gateway``: the command line, where the console script is not on the path."""

from wsgi_gateway.cli import main

if __name__ == "__main__":
    main(prog_name="python -m wsgi_gateway")
