"""Files that change kind and size while the server reads them are no trap.

must: end finished
then: list-home
"""
import json, os, time

facts = json.load(open("facts.json"))
os.mkdir("place")
with open("place/text.txt", "w") as file:
    file.write("x" * 100_000)
with open("swap.txt", "w") as file:
    file.write("mine")
os.symlink(facts["neighbour"] + "/secret.txt", "swap.link")
os.symlink(facts["neighbour"], "place.link")
os.symlink("place", "folder")
if os.fork() == 0:
    # It goes on beside the prompt for as long as it lives.
    until = time.monotonic() + 20
    while time.monotonic() < until:
        for one, other in (("swap.txt", "swap.link"), ("place", "place.link")):
            os.rename(one, "third")
            os.rename(other, one)
            os.rename("third", other)
        try:
            size = os.stat("place/text.txt").st_size
            os.truncate("place/text.txt", 200_000 - size)
        except OSError:
            pass
        time.sleep(0.002)
    os._exit(0)
