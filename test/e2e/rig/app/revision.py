import os

# Read once, at import: what is answered is the revision of the code that is loaded, not of the files on disk.
# Imported before any other module of ours: whoever finds a new revision here finds its code on disk too.
try:
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "REVISION")) as file:
        REVISION = file.read().strip()
except FileNotFoundError:
    REVISION = "none"
