"""Views, as a library would have written them in 2015."""

import hashlib

from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET, require_POST, require_safe

from library.catalogue import BOOKS
from library.forms import LoanForm


@require_safe
def books(request):
    wanted = request.GET.get("title", "").lower()
    return JsonResponse({"books": [book for book in BOOKS.values() if wanted in book["title"].lower()]})


@require_safe
def book(request, isbn):
    if isbn not in BOOKS:
        raise Http404
    return JsonResponse(BOOKS[isbn])


@require_POST
def loans(request):
    form = LoanForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors.get_json_data()}, status=422)
    loan = form.cleaned_data
    if loan["isbn"] not in BOOKS:
        return JsonResponse({"errors": "no such book"}, status=404)
    title = BOOKS[loan["isbn"]]["title"]
    return JsonResponse({"LOAN_TITLE": title, "LOAN_READER": loan["reader"], "LOAN_WEEKS": loan["weeks"]})


@require_GET
def reader(request):
    return JsonResponse({"user": request.META.get("REMOTE_USER"), "auth": request.META.get("AUTH_TYPE")})


@require_POST
def scans(request):
    if "page" in request.FILES:
        page = request.FILES["page"]
        digest = hashlib.sha256()
        for chunk in page.chunks():
            digest.update(chunk)
        return JsonResponse({"name": page.name, "size": page.size, "sha256": digest.hexdigest()})
    return JsonResponse({"size": len(request.body)})


def files(request, name):
    return HttpResponse(f"{request.method} {name}", content_type="text/plain; charset=utf-8")


@require_safe
def export(request, megabytes):
    block = bytes(range(256)) * 256
    return StreamingHttpResponse(
        (block for _ in range(megabytes * 16)), content_type="application/octet-stream"
    )


def broken(request):
    raise RuntimeError("the card index of room 7 burnt down")
