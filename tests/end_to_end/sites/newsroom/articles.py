"""Articles as JSON."""

from flask import Blueprint, abort, jsonify, request, url_for

articles = Blueprint("articles", __name__)
HEADLINES = {1: {"id": 1, "headline": "Bridge reopened"}, 2: {"id": 2, "headline": "Rain expected"}}


@articles.get("/")
def index():
    return jsonify(list(HEADLINES.values()))


@articles.get("/<int:number>")
def one(number):
    return jsonify(HEADLINES.get(number) or abort(404, "no such article"))


@articles.post("/")
def add():
    article = request.get_json()
    answer = jsonify(headline=article["headline"], words=len(article["text"].split()), by=request.remote_user)
    answer.status_code = 201
    answer.headers["Location"] = url_for("articles.one", number=3)
    return answer
