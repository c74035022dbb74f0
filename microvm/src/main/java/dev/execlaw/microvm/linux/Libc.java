package dev.execlaw.microvm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/**
 * C library calls one to one, under their own names. As in the kernel itself a result below 0 is a negative errno,
 * captured per call. Calls that block must be made on platform threads: a native call holds its carrier.
 */
final class Libc {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemoryLayout PTR = ValueLayout.ADDRESS;

    private static final MethodHandle CLOSE = variadic("close", 1, FunctionDescriptor.of(INT, INT));
    private static final MethodHandle EPOLL_CREATE1 = variadic("epoll_create1", 1, FunctionDescriptor.of(INT, INT));
    private static final MethodHandle EPOLL_CTL =
            variadic("epoll_ctl", 4, FunctionDescriptor.of(INT, INT, INT, INT, PTR));
    private static final MethodHandle EPOLL_WAIT =
            variadic("epoll_wait", 4, FunctionDescriptor.of(INT, INT, PTR, INT, INT));
    private static final MethodHandle FALLOCATE =
            variadic("fallocate", 4, FunctionDescriptor.of(INT, INT, INT, LONG, LONG));
    private static final MethodHandle INOTIFY_ADD_WATCH =
            variadic("inotify_add_watch", 3, FunctionDescriptor.of(INT, INT, PTR, INT));
    private static final MethodHandle INOTIFY_INIT1 = variadic("inotify_init1", 1, FunctionDescriptor.of(INT, INT));
    private static final MethodHandle INOTIFY_RM_WATCH =
            variadic("inotify_rm_watch", 2, FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle FCNTL = variadic("fcntl", 2, FunctionDescriptor.of(INT, INT, INT, LONG));
    private static final MethodHandle IOCTL = variadic("ioctl", 2, FunctionDescriptor.of(INT, INT, LONG, LONG));
    private static final MethodHandle LSEEK = variadic("lseek", 3, FunctionDescriptor.of(LONG, INT, LONG, INT));
    private static final MethodHandle MEMFD_CREATE = variadic("memfd_create", 2, FunctionDescriptor.of(INT, PTR, INT));
    private static final MethodHandle MKFIFO = variadic("mkfifo", 2, FunctionDescriptor.of(INT, PTR, INT));
    private static final MethodHandle MMAP =
            variadic("mmap", 6, FunctionDescriptor.of(LONG, LONG, LONG, INT, INT, INT, LONG));
    private static final MethodHandle MPROTECT = variadic("mprotect", 3, FunctionDescriptor.of(INT, LONG, LONG, INT));
    private static final MethodHandle OPEN = variadic("open", 2, FunctionDescriptor.of(INT, PTR, INT, INT));
    private static final MethodHandle PREAD = variadic("pread", 4, FunctionDescriptor.of(LONG, INT, PTR, LONG, LONG));
    private static final MethodHandle READ = variadic("read", 3, FunctionDescriptor.of(LONG, INT, PTR, LONG));
    private static final MethodHandle RECV = variadic("recv", 4, FunctionDescriptor.of(LONG, INT, PTR, LONG, INT));
    private static final MethodHandle SEND = variadic("send", 4, FunctionDescriptor.of(LONG, INT, PTR, LONG, INT));
    private static final MethodHandle SOCKET = variadic("socket", 3, FunctionDescriptor.of(INT, INT, INT, INT));
    private static final MethodHandle SYSCALL =
            variadic("syscall", 1, FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG));
    private static final MethodHandle WRITE = variadic("write", 3, FunctionDescriptor.of(LONG, INT, PTR, LONG));

    private Libc() {}

    static int close(int fd) {
        return (int) call(state -> (int) CLOSE.invokeExact(state, fd));
    }

    static int epollCreate1(int flags) {
        return (int) call(state -> (int) EPOLL_CREATE1.invokeExact(state, flags));
    }

    static int epollCtl(int epfd, int op, int fd, MemorySegment event) {
        return (int) call(state -> (int) EPOLL_CTL.invokeExact(state, epfd, op, fd, event));
    }

    static int epollWait(int epfd, MemorySegment events, int maxEvents, int timeoutMs) {
        return (int) call(state -> (int) EPOLL_WAIT.invokeExact(state, epfd, events, maxEvents, timeoutMs));
    }

    static int fallocate(int fd, int mode, long offset, long length) {
        return (int) call(state -> (int) FALLOCATE.invokeExact(state, fd, mode, offset, length));
    }

    static int fcntl(int fd, int command, long argument) {
        return (int) call(state -> (int) FCNTL.invokeExact(state, fd, command, argument));
    }

    static int inotifyAddWatch(int fd, String path, int mask) {
        return (int) withString(path, (state, name) -> (int) INOTIFY_ADD_WATCH.invokeExact(state, fd, name, mask));
    }

    static int inotifyInit1(int flags) {
        return (int) call(state -> (int) INOTIFY_INIT1.invokeExact(state, flags));
    }

    static int inotifyRmWatch(int fd, int watch) {
        return (int) call(state -> (int) INOTIFY_RM_WATCH.invokeExact(state, fd, watch));
    }

    static int ioctl(int fd, long request, long argument) {
        return (int) call(state -> (int) IOCTL.invokeExact(state, fd, request, argument));
    }

    static long lseek(int fd, long offset, int whence) {
        return call(state -> (long) LSEEK.invokeExact(state, fd, offset, whence));
    }

    static int memfdCreate(String name, int flags) {
        return (int) withString(name, (state, text) -> (int) MEMFD_CREATE.invokeExact(state, text, flags));
    }

    static int mkfifo(String path, int mode) {
        return (int) withString(path, (state, name) -> (int) MKFIFO.invokeExact(state, name, mode));
    }

    /** Memory of no file, anywhere. */
    static long mmap(long length, int protection, int flags) {
        return call(state -> (long) MMAP.invokeExact(state, 0L, length, protection, flags, -1, 0L));
    }

    static int mprotect(long address, long length, int protection) {
        return (int) call(state -> (int) MPROTECT.invokeExact(state, address, length, protection));
    }

    static int open(String path, int flags, int mode) {
        return (int) withString(path, (state, name) -> (int) OPEN.invokeExact(state, name, flags, mode));
    }

    static long pread(int fd, MemorySegment buffer, long count, long offset) {
        return call(state -> (long) PREAD.invokeExact(state, fd, buffer, count, offset));
    }

    static long read(int fd, MemorySegment buffer, long count) {
        return call(state -> (long) READ.invokeExact(state, fd, buffer, count));
    }

    static long recv(int fd, MemorySegment buffer, long length, int flags) {
        return call(state -> (long) RECV.invokeExact(state, fd, buffer, length, flags));
    }

    static long send(int fd, MemorySegment buffer, long length, int flags) {
        return call(state -> (long) SEND.invokeExact(state, fd, buffer, length, flags));
    }

    static int socket(int domain, int type, int protocol) {
        return (int) call(state -> (int) SOCKET.invokeExact(state, domain, type, protocol));
    }

    static long syscall(long number, long a, long b, long c, long d) {
        return call(state -> (long) SYSCALL.invokeExact(state, number, a, b, c, d));
    }

    static long write(int fd, MemorySegment buffer, long count) {
        return call(state -> (long) WRITE.invokeExact(state, fd, buffer, count));
    }

    @SuppressWarnings("restricted") // this class is where native code is reached
    private static MethodHandle variadic(String name, int fixedArguments, FunctionDescriptor descriptor) {
        Optional<MemorySegment> symbol = LINKER.defaultLookup().find(name);
        MemorySegment address = symbol.orElseThrow(() -> new UnsatisfiedLinkError(name));
        Linker.Option errno = Linker.Option.captureCallState("errno");
        return fixedArguments == descriptor.argumentLayouts().size()
                ? LINKER.downcallHandle(address, descriptor, errno)
                : LINKER.downcallHandle(address, descriptor, errno, Linker.Option.firstVariadicArg(fixedArguments));
    }

    private static long withString(String text, StringCall call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(text);
            return call(state -> call.invoke(state, name));
        }
    }

    private static long call(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long result = call.invoke(state);
            return result == -1 ? -(int) ERRNO.get(state, 0L) : result;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a native call threw", e);
        }
    }

    /** A call without its errno handling; {@code invokeExact} declares Throwable. */
    @FunctionalInterface
    private interface Call {
        long invoke(MemorySegment state) throws Throwable;
    }

    /** The same with a C string. */
    @FunctionalInterface
    private interface StringCall {
        long invoke(MemorySegment state, MemorySegment name) throws Throwable;
    }
}
