/** Benchmarks: one command each, each prints a table. Figures are measured, never asserted. */
@NullMarked
package dev.execlaw.bench;

import org.jspecify.annotations.NullMarked;
