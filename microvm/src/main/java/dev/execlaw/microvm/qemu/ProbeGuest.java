package dev.execlaw.microvm.qemu;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The smallest guest that proves a stock kernel to start: an initramfs whose init is a few instructions that print a
 * mark and power off. Made of bytes here, so that a probe needs no image and no tools.
 */
final class ProbeGuest {

    /** What init prints when it runs. */
    static final String MARK = "execlaw-probe-guest-runs";

    private static final int HEADERS = 64 + 56;
    private static final long BASE = 0x400000;

    private ProbeGuest() {}

    /** The initramfs, cpio "newc" as in the kernel's early-userspace/buffer-format.rst, not compressed. */
    static byte[] initramfs() {
        ByteArrayOutputStream cpio = new ByteArrayOutputStream();
        entry(cpio, "dev", 0040755, 0, 0, new byte[0]);
        entry(cpio, "dev/console", 0020600, 5, 1, new byte[0]);
        entry(cpio, "init", 0100755, 0, 0, init());
        entry(cpio, "TRAILER!!!", 0, 0, 0, new byte[0]);
        return cpio.toByteArray();
    }

    private static void entry(ByteArrayOutputStream cpio, String name, int mode, int major, int minor, byte[] data) {
        byte[] path = (name + "\0").getBytes(StandardCharsets.US_ASCII);
        int[] fields = {0, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, path.length, 0};
        StringBuilder header = new StringBuilder("070701");
        for (int field : fields) {
            header.append("%08X".formatted(field));
        }
        cpio.writeBytes(header.toString().getBytes(StandardCharsets.US_ASCII));
        cpio.writeBytes(path);
        pad(cpio);
        cpio.writeBytes(data);
        pad(cpio);
    }

    private static void pad(ByteArrayOutputStream cpio) {
        while (cpio.size() % 4 != 0) {
            cpio.write(0);
        }
    }

    /** A static x86-64 program: write(1, MARK), reboot(POWER_OFF), and a loop for the case that this returns. */
    private static byte[] init() {
        byte[] text = (MARK + "\n").getBytes(StandardCharsets.US_ASCII);
        byte[] code = code(text.length);
        int size = HEADERS + code.length + text.length;
        ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        elf.putShort((short) 2).putShort((short) 62).putInt(1).putLong(BASE + HEADERS);
        elf.putLong(64).putLong(0).putInt(0).putShort((short) 64).putShort((short) 56);
        elf.putShort((short) 1).putShort((short) 0).putShort((short) 0).putShort((short) 0);
        elf.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE);
        elf.putLong(size).putLong(size).putLong(0x1000);
        elf.put(code).put(text);
        return elf.array();
    }

    private static byte[] code(int textLength) {
        int codeLength = 53;
        long text = BASE + HEADERS + codeLength;
        ByteBuffer code = ByteBuffer.allocate(codeLength).order(ByteOrder.LITTLE_ENDIAN);
        code.put((byte) 0xb8).putInt(1); // mov eax, SYS_write
        code.put((byte) 0xbf).putInt(1); // mov edi, 1
        code.put((byte) 0xbe).putInt((int) text); // mov esi, text
        code.put((byte) 0xba).putInt(textLength); // mov edx, length
        code.put(new byte[] {0x0f, 0x05}); // syscall
        code.put((byte) 0xb8).putInt(169); // mov eax, SYS_reboot
        code.put((byte) 0xbf).putInt(0xfee1dead); // mov edi, LINUX_REBOOT_MAGIC1
        code.put((byte) 0xbe).putInt(672274793); // mov esi, LINUX_REBOOT_MAGIC2
        code.put((byte) 0xba).putInt(0x4321fedc); // mov edx, LINUX_REBOOT_CMD_POWER_OFF
        code.put(new byte[] {0x0f, 0x05}); // syscall
        code.put(new byte[] {(byte) 0xeb, (byte) 0xfe}); // jmp to itself
        while (code.hasRemaining()) {
            code.put((byte) 0x90); // nop
        }
        return code.array();
    }
}
