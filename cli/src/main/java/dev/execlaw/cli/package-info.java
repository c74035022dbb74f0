/**
 * The command line: what runs before there is a server (checks, installation, the data directory), the start of the
 * daemon, and a small client of its API. No domain logic lives here.
 */
@NullMarked
package dev.execlaw.cli;

import org.jspecify.annotations.NullMarked;
