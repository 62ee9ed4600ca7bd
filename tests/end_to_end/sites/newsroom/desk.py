"""The desk: forms, uploads, the archive, and what goes wrong."""

import hashlib
import time

from flask import Blueprint, Response, redirect, request

desk = Blueprint("desk", __name__)


@desk.post("/tips")
def tips():
    if len(request.form["text"]) < 5:
        return "TOO SHORT", 409, {"Content-Type": "text/plain"}
    return {"TIP_TEXT": request.form["text"].upper(), "TIP_FROM": request.form.get("sender", "?")}


@desk.post("/subscribe")
def subscribe():
    return redirect("/articles/?welcome=" + request.form["email"], 303)


@desk.post("/photos")
def photos():
    photo = request.files["photo"]
    digest = hashlib.sha256()
    while block := photo.stream.read(65536):
        digest.update(block)
    return {"name": photo.filename, "sha256": digest.hexdigest()}


@desk.put("/raw")
def raw():
    size = 0
    while block := request.stream.read(65536):
        size += len(block)
    return {"size": size}


@desk.get("/archive/<int:megabytes>")
def archive(megabytes):
    block = b"news" * 16384
    return Response((block for _ in range(megabytes * 16)), mimetype="application/octet-stream")


@desk.get("/ticker")
def ticker():
    def lines():
        yield "first\n"
        time.sleep(0)
        yield "second\n"

    return Response(lines(), mimetype="text/plain")


@desk.get("/scandal")
def scandal():
    raise RuntimeError("the source is Deep Throat")


@desk.get("/path/<path:rest>")
def path(rest):
    return {"rest": rest, "method": request.method}
