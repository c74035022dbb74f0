"""Says in lines what must be different in each clone, then tells its time on port 9999 to whoever connects."""
import os, socket, ssl, struct, subprocess, time

GATEWAY = 8787


def text(path):
    with open(path) as file:
        return file.read().strip()


def initial_sequence_number():
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.bind(("eth0", 0))
    wire.settimeout(20)
    with socket.create_connection(("gateway.execlaw", GATEWAY), 20):
        while True:
            packet = wire.recv(2048)
            if packet[12:14] != b"\x08\x00" or packet[23] != 6:
                continue
            tcp = 14 + (packet[14] & 15) * 4
            port, number = struct.unpack("!2xHL", packet[tcp:tcp + 8])
            if port == GATEWAY and packet[tcp + 13] & 0x12 == 0x02:
                return number


def client_random():
    sent = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="example.org")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return sent.read()[11:43].hex()


def tell_time():
    server = socket.create_server(("", 9999))
    if os.fork():
        return
    os.setsid()
    null = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    while True:
        with server.accept()[0] as guest:
            while guest.recv(1):
                guest.sendall(b"%d\n" % time.time_ns())


print("hostname", socket.gethostname())
print("machine-id", text("/etc/machine-id"))
print("boot-id", text("/proc/sys/kernel/random/boot_id"))
print("host-key", text("/etc/ssh/ssh_host_ed25519_key.pub").split()[1])
print("mac", text("/sys/class/net/eth0/address"))
print("address", subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split()[0])
print("getrandom", os.getrandom(16).hex())
print("uuid", text("/proc/sys/kernel/random/uuid"))
print("sequence-number", initial_sequence_number())
print("tls-random", client_random())
tell_time()
