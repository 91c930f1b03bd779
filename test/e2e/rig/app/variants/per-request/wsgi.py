import os

from page import COLOUR


# Reads the file for every request: it says what is on disk, even while the old code is still loaded.
def application(environ, start_response):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "REVISION")) as file:
        revision = file.read().strip()
    body = ("<h1>%s</h1>\n" % COLOUR).encode()
    headers = [("Content-Type", "text/html"), ("Content-Length", str(len(body))), ("X-Revision", revision)]
    start_response("200 OK", headers)
    return [body]
