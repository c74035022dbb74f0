/**
 * Tests through the front door: the built product is started as a person would start it, in a network namespace of its
 * own, and driven by its HTTP API and by a browser. Nothing in here calls the product's classes.
 */
@NullMarked
package dev.execlaw.e2e;

import org.jspecify.annotations.NullMarked;
