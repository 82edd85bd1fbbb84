"""Look for what should not be in the image that the Dockerfile makes.

docker export CONTAINER | python3 tools/image_contents.py

reads the image's files from a tar, prints each finding, and ends with status 1 if there is one.
It looks for programs with the rights of their owner, files that anybody may change, what the
student owns outside the folders meant for that, and left-overs: caches, repositories, secrets.
"""

import re
import stat
import sys
import tarfile

STUDENT = 1000
COURSE = "home/student/course/Makefile"
# What the image leaves to the student: settings and caches in the home, and three folders.
WRITABLE = re.compile(
    r"home/student(/(\.|course/(work|build|data/weights)(/|$))|$)|(tmp|proc|sys)/"
)
LEFT_OVERS = {
    "a repository": re.compile(r"(^|/)\.git(/|$)"),
    "a cache": re.compile(
        r"(^|/)(\.pytest_cache|\.ruff_cache|node_modules|\.ipynb_checkpoints)(/|$)"
    ),
    "a cache of root's": re.compile(r"^root/\.(cache|local|npm)/"),
    "a list of Debian's packages": re.compile(r"^var/lib/apt/lists/.*_Packages"),
    "an archive of apt": re.compile(r"^var/cache/apt/archives/.*\.deb$"),
    "a secret": re.compile(
        r"(^|/)(id_(rsa|dsa|ecdsa|ed25519)|\.netrc|\.npmrc|\.pypirc|\.git-credentials|\.env"
        r"|\.aws|jupyter_cookie_secret|nbserver.*\.json|jpserver.*\.json|\.bash_history)$"
    ),
}


def faults(member):
    """Return what is wrong with a file of the image.

    Args:
        member: a `tarfile.TarInfo`.

    Returns:
        A list of words such as "anybody may change it".
    """
    name = member.name.removeprefix("./")
    found = [f"it is {what}" for what, pattern in LEFT_OVERS.items() if pattern.search(name)]
    if member.isfile() and member.mode & (stat.S_ISUID | stat.S_ISGID):
        found.append("it runs with the rights of its owner or group")
    # Everybody may write in /tmp, but delete there only what is theirs: the sticky bit.
    is_shared = member.isdir() and member.mode & stat.S_ISVTX
    if (member.isfile() or member.isdir()) and member.mode & stat.S_IWOTH and not is_shared:
        found.append("anybody may change it")
    if member.uid == STUDENT and not WRITABLE.match(name):
        found.append("the student owns it")
    return found


def main():
    names, found = set(), 0
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as image:
        for member in image:
            names.add(member.name.removeprefix("./"))
            for fault in faults(member):
                found += 1
                print(f"/{member.name.removeprefix('./')}: {fault}")
    if COURSE not in names:
        sys.exit(f"This is not the course's image: /{COURSE} is not in it.")
    print(f"{len(names)} files, {found} findings")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
