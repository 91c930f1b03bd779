import time

# An application that takes its time to start. It is imported by the master, which sees no touch meanwhile.
time.sleep(2)
COLOUR = "blue"
