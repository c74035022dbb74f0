"""How fast this host's time stamp counter counts. The guest's kernel is told, as it cannot calibrate on a busy host."""

import time

RDTSC = b"\x0f\x31\x48\xc1\xe2\x20\x48\x09\xd0\xc3"  # rdtsc; shl rdx, 32; or rax, rdx; ret
PAIRS = 100
SPAN = 0.05


class Counter:
    """Two readings, as far apart as the caller lets them be, but a twentieth of a second at least."""

    def __init__(self):
        import ctypes
        import mmap

        self.code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        self.code.write(RDTSC)
        address = ctypes.addressof(ctypes.c_char.from_buffer(self.code))
        self.rdtsc = ctypes.CFUNCTYPE(ctypes.c_uint64)(address)
        self.first = self._closest()

    def kilohertz(self):
        """The pace since the first reading."""
        while True:
            clock, ticks, _ = self._closest()
            if clock - self.first[0] >= SPAN * 1e9:
                return round((ticks - self.first[1]) * 1e6 / (clock - self.first[0]))

    def _closest(self):
        """Of many readings the one that took least: nothing came between its clock and its counter."""
        best = None
        for _ in range(PAIRS):
            before = time.monotonic_ns()
            ticks = self.rdtsc()
            width = time.monotonic_ns() - before
            if best is None or width < best[2]:
                best = (before + width / 2, ticks, width)
        return best
