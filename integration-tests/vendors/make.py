"""Makes src/domain/vendors.txt, the makers of network hardware, from the IEEE's lists.

    apt-get download ieee-data && dpkg-deb -x ieee-data_*.deb ieee
    python3 integration-tests/vendors/make.py ieee/usr/share/ieee-data > src/domain/vendors.txt

The lists are those of Debian's package ieee-data. IEEE asserts no copyright in the public listing and does not restrict
its distribution (see the package's copyright file). What is written is one line a prefix, in the order of the prefixes,
so that the program can search the text as it is: nothing of it has to be read at the start or kept in memory.
"""

import csv
import pathlib
import re
import sys

# The large, medium and small blocks: prefixes of 6, 7 and 9 digits. A block that IEEE itself holds is divided further.
LISTS = ["oui.csv", "mam.csv", "oui36.csv"]
NOBODY = {"", "Private", "IEEE Registration Authority"}
# What kind of company it is says nothing about the device.
ENDINGS = re.compile(
    r"[\s,.]+(inc|incorporated|ltd|limited|llc|l\.l\.c|corp|corporation|company|co|gmbh|ag|s\.?a|s\.?p\.?a|s\.?r\.?l|"
    r"b\.?v|oy|ab|a/s|pty|pte|plc|kg|& co|sdn|bhd)[\s,.]*$",
    re.IGNORECASE,
)
LONGEST = 40


def short(name: str) -> str:
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    while True:
        shorter = ENDINGS.sub("", name).strip(" ,.")
        if shorter == name or not shorter:
            break
        name = shorter
    return name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip() + "…"


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    vendors = {}
    for name in LISTS:
        with open(folder / name, newline="", encoding="utf-8") as rows:
            for row in csv.DictReader(rows):
                vendor = row["Organization Name"].strip()
                if vendor not in NOBODY:
                    vendors[row["Assignment"].upper()] = short(vendor)
    for prefix, vendor in sorted(vendors.items()):
        sys.stdout.buffer.write(f"{prefix} {vendor}\n".encode())


main()
