"""Says in one line of JSON what is in the machine; with VALUE FILE LINES it then changes it and says what counts there.

A change is a file of the tree written or removed, and a value in memory. Beside it one process counts for ever: the
counter is in its memory, told in a file in memory, and each number is a committed row of a database on the disk.
"""
import hashlib, json, os, sqlite3, subprocess, sys, time

TREE, DATABASE, VALUE, COUNTER = "/root/tree", "/root/rows.db", "/dev/shm/value", "/dev/shm/counter"
PATIENCE = 20


def text(path):
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return ""


def put(path, content):
    with open(path + ".new", "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.rename(path + ".new", path)


def count():
    me, rows = os.urandom(8).hex(), sqlite3.connect(DATABASE)
    rows.execute("create table if not exists row (n integer primary key, square integer)")
    n = rows.execute("select coalesce(max(n), 0) from row").fetchone()[0]
    while True:
        n += 1
        with rows:
            rows.execute("insert into row values (?, ?)", (n, n * n))
        put(COUNTER, "%s %d" % (me, n))
        time.sleep(0.1)


def wait(fact):
    deadline = time.monotonic() + PATIENCE
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.02)


def look():
    first = text(COUNTER)
    if first:
        wait(lambda: text(COUNTER) != first)
    seen = {"value": text(VALUE), "first": first, "second": text(COUNTER), "files": {}, "sound": "", "rows": 0}
    if os.path.exists(DATABASE):
        rows = sqlite3.connect(DATABASE, timeout=PATIENCE)
        last, number, wrong = rows.execute("select max(n), count(*), sum(square <> n * n) from row").fetchone()
        check = rows.execute("pragma integrity_check").fetchone()[0]
        seen["rows"] = number
        seen["sound"] = check if last == number and not wrong else "%s rows, %s the last, %s wrong" % (number, last, wrong)
    seen["third"] = text(COUNTER)
    for name in sorted(os.listdir(TREE)):
        with open(os.path.join(TREE, name), "rb") as file:
            seen["files"][name] = hashlib.sha256(file.read()).hexdigest()
    print(json.dumps(seen), flush=True)


def change(value, name, lines):
    path = os.path.join(TREE, name)
    if lines:
        put(path, "".join("%s %d\n" % (value, i) for i in range(lines)))
    elif os.path.exists(path):
        os.remove(path)
    put(VALUE, value)
    if not text(COUNTER):
        null = subprocess.DEVNULL
        subprocess.Popen([sys.executable, __file__, "count"], start_new_session=True, stdin=null, stdout=null, stderr=null)
        wait(lambda: text(COUNTER))
    os.sync()
    print(json.dumps({"counter": text(COUNTER)}), flush=True)


os.makedirs(TREE, exist_ok=True)
if sys.argv[1:] == ["count"]:
    count()
look()
if sys.argv[1:]:
    change(sys.argv[1], sys.argv[2], int(sys.argv[3]))
