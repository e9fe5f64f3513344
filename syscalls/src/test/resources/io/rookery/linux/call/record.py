#!/usr/bin/env python3
"""Records what this host's Linux answers to random file system calls.

Usage: record.py SEED COUNT [plain] > transcript; plain leaves out what depends on the kind of
file system (preallocation, holes). Needs root and a tmpfs (a directory of its own in
/dev/shm is used). Each line is: call|argument|...|result, where r:N:text stands for N
times the text; a read's result is length:CRC-32. FileConformanceTest replays the calls.
"""
import ctypes, errno, os, random, shutil, struct, sys, tempfile, zlib

libc = ctypes.CDLL(None, use_errno=True)
NUMBER = {
    'read': 0, 'write': 1, 'lseek': 8, 'pread64': 17, 'pwrite64': 18, 'access': 21, 'dup2': 33,
    'open': 2, 'close': 3, 'stat': 4, 'lstat': 6, 'fstat': 5, 'mkdir': 83, 'rmdir': 84,
    'unlink': 87, 'rename': 82, 'link': 86, 'symlink': 88, 'readlink': 89, 'chmod': 90,
    'lchown': 94, 'truncate': 76, 'ftruncate': 77, 'mknod': 133, 'setfsuid': 122, 'setfsgid': 123,
    'linkat': 265, 'renameat2': 316, 'getdents64': 217, 'fallocate': 285, 'fcntl': 72,
    'umask': 95, 'faccessat2': 439, 'unlinkat': 263, 'chdir': 80, 'fchmod': 91}

ALIASES = {'ENOTSUP': 'EOPNOTSUPP', 'EWOULDBLOCK': 'EAGAIN', 'EDEADLOCK': 'EDEADLK'}

def name_of(number):
    name = errno.errorcode[number]
    return ALIASES.get(name, name)

def call(name, *args):
    c = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    ctypes.set_errno(0)
    r = libc.syscall(ctypes.c_long(NUMBER[name]), *c)
    return r if r != -1 or ctypes.get_errno() == 0 else name_of(ctypes.get_errno())

NAMES = ['a', 'b', 'c', 'l', 'm']

def path(r):
    kind = r.random()
    if kind < 0.02:
        return r.choice(['', './/', '.', 'a/..', './', 'x' * 255, 'x' * 256, 'a/' * 2100])
    n = r.choice([1, 1, 1, 2, 2, 3])
    parts = [r.choice(NAMES + ['.', '..'] * (r.random() < 0.1)) for _ in range(n)]
    p = r.choice(['/', '/', '//'] if r.random() < 0.1 else ['/']).join(parts)
    if r.random() < 0.08:
        p += r.choice(['/', '/.', '/..', '//'])
    # The replay's root directory is the test directory, so nothing may lead above it.
    return '/'.join(['a' if x == '..' else x for x in p.split('/')]) if r.random() < 0.8 else confined(p)

def short(p):
    """Linux looks at an overlong second path only after it has walked the first one."""
    return p if len(p) < 4000 else 'a'

def confined(p):
    depth, out = 0, []
    for x in p.split('/'):
        if x == '..':
            if depth == 0:
                x = '.'
            depth = max(0, depth - 1)
        elif x not in ('', '.'):
            depth += 1
        out.append(x)
    return '/'.join(out)

def repeated(text):
    """Long arguments are one piece again and again."""
    for unit in ('y', 'x', 'a/'):
        if len(text) > 200 and text == unit * (len(text) // len(unit)):
            return 'r:%d:%s' % (len(text) // len(unit), unit)
    return 's:' + text

def stat_text(buffer):
    f = struct.unpack('<QQQIIII QQqq', buffer[:72])
    mode, uid, gid, size = f[3], f[4], f[5], f[8]
    nlink = f[2]
    if mode & 0o170000 == 0o040000:
        size = 0
    return '%o,%d,%d,%d,%d' % (mode, nlink, uid, gid, size)

def main():
    r = random.Random(int(sys.argv[1]))
    count = int(sys.argv[2])
    plain = len(sys.argv) > 3
    top = tempfile.mkdtemp(dir='/dev/shm')
    os.chmod(top, 0o755)
    os.chdir(top)
    os.umask(0o022)
    fds = [10, 11, 12]
    os.closerange(3, 100)
    def emit(name, args, result):
        shown = [str(a) if isinstance(a, int) else repeated(a) for a in args]
        print('|'.join([name] + shown + [str(result)]))
    def do(name, *args):
        low = [a if isinstance(a, int) else a.encode() for a in args]
        result = call(name, *low)
        emit(name, args, result)
        return result
    try:
        for _ in range(count):
            k = r.random()
            p = path(r)
            if k < 0.16:
                flags = r.choice([0, 1, 2]) | r.choice([0, 0, 0o100, 0o100, 0o300]) \
                    | r.choice([0, 0, 0o1000]) | r.choice([0, 0, 0, 0o2000]) \
                    | r.choice([0] * 6 + [0o200000, 0o400000, 0o10000000, 0o4000])
                mode = r.choice([0o644, 0o666, 0o600, 0o4755, 0o2775, 0o000, 0o400])
                # A FIFO would block.
                flags |= 0o4000
                args = (p, flags, mode)
                fd = call('open', p.encode(), flags, mode)
                if isinstance(fd, int):
                    to = r.choice(fds)
                    os.dup2(fd, to)
                    os.close(fd)
                    emit('open', args, to)
                else:
                    emit('open', args, fd)
            elif k < 0.23:
                do('mkdir', p, r.choice([0o755, 0o777, 0o700, 0o1777, 0o2755, 0o000]))
            elif k < 0.27:
                do('rmdir', p)
            elif k < 0.31:
                do('unlink', p)
            elif k < 0.38:
                do('rename', p, short(path(r)))
            elif k < 0.41:
                do('renameat2', -100, p, -100, short(path(r)), r.choice([0, 1, 2, 2, 3]))
            elif k < 0.44:
                do('link', p, short(path(r)))
            elif k < 0.46:
                do('linkat', -100, p, -100, short(path(r)), r.choice([0, 0x400]))
            elif k < 0.51:
                target = r.choice([confined(path(r)), r.choice(NAMES)]) or 'a'
                do('symlink', target, p)
            elif k < 0.53:
                b = ctypes.create_string_buffer(5000)
                n = call('readlink', p.encode(), b, 4999)
                emit('readlink', (p,), n if isinstance(n, str) else b.raw[:n].decode())
            elif k < 0.66:
                name = r.choice(['stat', 'lstat'])
                b = ctypes.create_string_buffer(144)
                n = call(name, p.encode(), b)
                emit(name, (p,), n if isinstance(n, str) else stat_text(b.raw))
            elif k < 0.69:
                do('chmod', p, r.choice([0o777, 0o755, 0o644, 0o000, 0o1777, 0o6777, 0o2755]))
            elif k < 0.71:
                do('lchown', p, r.choice([0, 1000, 1001, -1]), r.choice([0, 1000, 1001, -1]))
            elif k < 0.73:
                do('truncate', p, r.choice([0, 5, 5000, -1]))
            elif k < 0.75:
                do('access', p, r.choice([0, 1, 2, 4, 6, 7, 8]))
            elif k < 0.77:
                do('faccessat2', -100, p, r.choice([0, 1, 2, 4, 7]), r.choice([0, 0x200, 0x100, 1]))
            elif k < 0.78:
                do('mknod', p, r.choice([0o010644, 0o100600, 0o140777, 0o040755, 0o020666]), 0x103)
            elif k < 0.80:
                uid = r.choice([0, 0, 1000, 1001])
                call('setfsuid', 0)
                call('setfsgid', uid)
                call('setfsuid', uid)
                emit('identity', (uid,), 0)
            elif k < 0.81:
                do('umask', r.choice([0, 0o022, 0o077]))
            elif k < 0.84:
                fd = r.choice(fds)
                data = r.choice(['x', 'hello', 'y' * 5000])
                do('write', fd, data, len(data))
            elif k < 0.87:
                fd = r.choice(fds)
                n = r.choice([1, 10, 10000])
                b = ctypes.create_string_buffer(n)
                got = call('read', fd, b, n)
                emit('read', (fd, n), got if isinstance(got, str) else '%d:%d' % (got, zlib.crc32(b.raw[:got])))
            elif k < 0.90:
                do('lseek', r.choice(fds), r.choice([0, 3, -1, 7000]), r.choice([0, 1, 2, 9] if plain else [0, 1, 2, 3, 4, 9]))
            elif k < 0.92:
                do('ftruncate', r.choice(fds), r.choice([0, 3, 9000, -1]))
            elif k < 0.94:
                fd = r.choice(fds)
                b = ctypes.create_string_buffer(144)
                n = call('fstat', fd, b)
                emit('fstat', (fd,), n if isinstance(n, str) else stat_text(b.raw))
            elif k < 0.95:
                if plain:
                    continue
                do('fallocate', r.choice(fds), r.choice([0, 1, 3, 2, 0x10, 64]),
                   r.choice([0, 2, 4096, -1]), r.choice([0, 1, 4096, 10000]))
            elif k < 0.96:
                do('fcntl', r.choice(fds), r.choice([1, 3, 4]), r.choice([0, 0o2000, 0o4000]))
            elif k < 0.97:
                do('close', r.choice(fds))
            elif k < 0.98:
                do('pwrite64', r.choice(fds), 'pw', 2, r.choice([0, 4095, -1]))
            elif k < 0.99:
                do('unlinkat', -100, p, r.choice([0, 0x200, 1]))
            else:
                try:
                    names = ','.join(sorted(os.listdir(p or '.'))) if confined(p) == p else None
                except OSError as e:
                    names = name_of(e.errno)
                if names is not None:
                    emit('list', (p,), names)
    finally:
        call('setfsuid', 0)
        os.chdir('/')
        shutil.rmtree(top)

main()
