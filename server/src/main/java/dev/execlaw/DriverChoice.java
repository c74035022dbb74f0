package dev.execlaw;

import dev.execlaw.microvm.machine.Driver;

/**
 * The driver that runs this host's machines.
 *
 * @param reason why this one, in plain words
 */
record DriverChoice(Driver driver, String reason) {}
