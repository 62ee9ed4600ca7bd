"""The newsroom: a Flask app of blueprints, made by a factory."""

from flask import Flask, jsonify

from newsroom.articles import articles
from newsroom.desk import desk


def create_app():
    app = Flask(__name__)
    # A reporter of exceptions stands around the app in production, so they must get out of it.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.register_blueprint(articles, url_prefix="/articles")
    app.register_blueprint(desk)

    @app.errorhandler(404)
    def not_found(error):
        return jsonify(error="no such page", description=error.description), 404

    return app
