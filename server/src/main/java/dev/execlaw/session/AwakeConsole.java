package dev.execlaw.session;

import dev.execlaw.microvm.console.Console;
import dev.execlaw.microvm.machine.MachineException;
import java.io.IOException;

/** A machine's console whose guest is woken by what is written to it. Any thread may use it. */
record AwakeConsole(Console console, Doze doze) implements Console {

    @Override
    public void write(byte[] bytes) throws IOException {
        try {
            doze.wake();
        } catch (MachineException e) {
            throw new IOException("the machine rested and does not go on: " + e.getMessage(), e);
        }
        console.write(bytes);
    }

    @Override
    public long begin() {
        return console.begin();
    }

    @Override
    public long end() {
        return console.end();
    }

    @Override
    public String tail(int max) {
        return console.tail(max);
    }

    @Override
    public Reader reader(long offset) throws IOException {
        return console.reader(offset);
    }
}
