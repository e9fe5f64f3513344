"""Tries to read or change files of the host outside /ro and /rw; argv: a directory outside, its secret."""
import ctypes
import os
import stat
import sys
import threading

outside, secret = sys.argv[1], sys.argv[2].encode()
libc = ctypes.CDLL(None, use_errno=True)
tried = 0
succeeded = []


def read(path, **kw):
    fd = os.open(path, os.O_RDONLY, **kw)
    try:
        return os.read(fd, 1000)
    finally:
        os.close(fd)


def attempt(name, action):
    """One escape: it succeeds if it returns the secret. What it may change is looked at on the host."""
    global tried
    tried += 1
    try:
        got = action()
    except OSError as e:
        print(name, "-", e.strerror)
        return
    print(name, "-", "ESCAPED" if got == secret else "harmless")
    if got == secret:
        succeeded.append(name)


def write(path, flags=os.O_WRONLY | os.O_CREAT, **kw):
    fd = os.open(path, flags, 0o666, **kw)
    os.write(fd, b"changed by a guest")
    os.close(fd)


def link(path, target):
    try:
        os.unlink(path)
    except OSError:
        pass
    os.symlink(target, path)
    return path


def swapped(open_first, use, target=outside):
    """Replaces /rw/dir by a link while what was opened in it is in use."""
    held = open_first()
    os.rename("/rw/dir", "/rw/moved")
    os.symlink(target, "/rw/dir")
    try:
        return use(held)
    finally:
        os.unlink("/rw/dir")
        os.rename("/rw/moved", "/rw/dir")
        if isinstance(held, int):
            os.close(held)


for side in "/ro", "/rw":
    # Dots and links that are there
    attempt(side + " dot-dot", lambda: read(side + "/../outside/secret"))
    attempt(side + " many dot-dots", lambda: read(side + "/dir" + "/.." * 40 + outside + "/secret"))
    attempt(side + " dot-dot behind a link", lambda: read(side + "/host-relative/../outside/secret"))
    attempt(side + " absolute link", lambda: read(side + "/host-absolute/secret"))
    attempt(side + " relative link", lambda: read(side + "/host-relative/secret"))
    attempt(side + " link to a file", lambda: read(side + "/dir/host-file"))
    attempt(side + " link to /proc/self/root", lambda: read(side + "/host-proc" + outside + "/secret"))
    attempt(side + " a name that begins alike", lambda: read(side + "-secret"))
    attempt(side + " backslashes", lambda: read(side + "/..\\outside\\secret"))
    attempt(side + " a slash in a name", lambda: read(side.encode() + b"/dir%2f..%2f..%2foutside/secret"))
    attempt(side + " invalid UTF-8 dots", lambda: read(side.encode() + b"/\xc0\xae\xc0\xae/outside/secret"))
    attempt(side + " other case", lambda: read(side + "/cASE/../../outside/secret"))
    fd = os.open(side, os.O_RDONLY | os.O_DIRECTORY)
    attempt(side + " openat dot-dot", lambda: read("../outside/secret", dir_fd=fd))
    attempt(side + " openat of a link", lambda: read("host-absolute/secret", dir_fd=fd))
    attempt(side + " fchdir and dot-dot", lambda: (os.fchdir(fd), read("../outside/secret"))[1])
    attempt(side + " through /proc/self/fd", lambda: read("/proc/self/fd/%d/../outside/secret" % fd))
    attempt(side + " readlink and open", lambda: read(os.readlink(side + "/host-absolute") + "/secret"))
    attempt(side + " realpath", lambda: read(os.path.realpath(side + "/host-relative") + "/secret"))
    attempt(side + " write through a link", lambda: write(side + "/dir/host-file"))
    attempt(side + " create through a link", lambda: write(side + "/host-absolute/new"))
    attempt(side + " truncate through a link", lambda: os.truncate(side + "/dir/host-file", 0))
    attempt(side + " chmod through a link", lambda: os.chmod(side + "/dir/host-file", 0))
    attempt(side + " mkdir through a link", lambda: os.mkdir(side + "/host-relative/new"))
    attempt(side + " unlink through a link", lambda: os.unlink(side + "/host-absolute/secret"))
    attempt(side + " list a link", lambda: secret if "secret" in os.listdir(side + "/host-absolute") else None)
    os.close(fd)

os.chdir("/")
# Links that the guest makes
attempt("own absolute link", lambda: read(link("/rw/own", outside + "/secret")))
attempt("own relative link", lambda: read(link("/rw/own", "../outside/secret")))
attempt("own link, read-only side", lambda: read(link("/rw/own", "../outside/secret").replace("rw", "ro")))
attempt("own link, long way", lambda: read(link("/rw/own", "dir/../../outside/secret")))
attempt("create through own link", lambda: write(link("/rw/own", "../outside/new")))
attempt("hard link to a link's target", lambda: (os.link("/rw/dir/host-file", "/rw/hard"), read("/rw/hard"))[1])
attempt("hard link from outside", lambda: (os.link(outside + "/secret", "/rw/hard2"), read("/rw/hard2"))[1])
attempt("rename to dot-dot", lambda: os.rename("/rw/dir/secret", "/rw/../new"))
attempt("rename through a link", lambda: os.rename("/rw/Case/secret", "/rw/host-relative/new"))
attempt("symlink through a link", lambda: os.symlink("x", "/rw/host-absolute/new"))

# Device nodes, mounts
attempt("block device", lambda: (os.mknod("/rw/sda", 0o600 | stat.S_IFBLK, os.makedev(8, 0)), read("/rw/sda"))[1])
attempt("memory device", lambda: (os.mknod("/rw/mem", 0o600 | stat.S_IFCHR, os.makedev(1, 1)), read("/rw/mem"))[1])
attempt("bind mount of dot-dot", lambda: libc.mount(b"/rw/..", b"/mnt", None, 4096, None) == 0 and read("/mnt/outside/secret"))
attempt("chroot into a link", lambda: (os.chroot("/rw/host-absolute"), read("/secret"))[1])

# The directory is replaced while it is in use
for side in "/ro", "/rw":
    where = side + "/dir"
    attempt(side + " swapped: directory held", lambda: swapped(
        lambda: os.open(where, os.O_RDONLY | os.O_DIRECTORY), lambda fd: read("secret", dir_fd=fd)))
    attempt(side + " swapped: name looked up before", lambda: swapped(
        lambda: os.stat(where + "/secret"), lambda _: read(where + "/secret")))
    attempt(side + " swapped: subdirectory held", lambda: swapped(
        lambda: os.open(where + "/sub", os.O_RDONLY | os.O_DIRECTORY), lambda fd: read("secret", dir_fd=fd)))
    attempt(side + " swapped: new name", lambda: swapped(
        lambda: os.open(where, os.O_RDONLY | os.O_DIRECTORY), lambda fd: read("sub/secret", dir_fd=fd)))
    attempt(side + " swapped: working directory", lambda: swapped(
        lambda: os.chdir(where), lambda _: read("secret")))
    os.chdir("/")
    attempt(side + " swapped: O_PATH", lambda: swapped(
        lambda: os.open(where + "/secret", os.O_PATH), lambda fd: read("/proc/self/fd/%d" % fd)))
attempt("swapped: create in it", lambda: swapped(
    lambda: os.open("/rw/dir", os.O_RDONLY | os.O_DIRECTORY), lambda fd: write("new", dir_fd=fd)))
attempt("swapped: unlink in it", lambda: swapped(
    lambda: os.open("/rw/dir", os.O_RDONLY | os.O_DIRECTORY), lambda fd: os.unlink("secret", dir_fd=fd)))
attempt("swapped: chmod in it", lambda: swapped(
    lambda: os.open("/rw/dir", os.O_RDONLY | os.O_DIRECTORY), lambda fd: os.chmod("secret", 0, dir_fd=fd)))


def race(side):
    """Swaps the directory back and forth as fast as it goes, and reads meanwhile."""
    stop = threading.Event()

    def swap():
        while not stop.is_set():
            os.rename("/rw/dir", "/rw/moved")
            os.symlink(outside, "/rw/dir")
            os.unlink("/rw/dir")
            os.rename("/rw/moved", "/rw/dir")

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(300):
            try:
                if read(side + "/dir/secret") == secret:
                    return secret
            except OSError:
                pass
    finally:
        stop.set()
        thread.join()


attempt("race, read-only side", lambda: race("/ro"))
attempt("race, writable side", lambda: race("/rw"))
print("%d escapes tried, %d succeeded" % (tried, len(succeeded)))
