from revision import REVISION
from page import COLOUR


def application(environ, start_response):
    body = ("<h1>%s</h1>\n" % COLOUR).encode()
    headers = [("Content-Type", "text/html"), ("Content-Length", str(len(body))), ("X-Revision", REVISION)]
    start_response("200 OK", headers)
    return [body]
