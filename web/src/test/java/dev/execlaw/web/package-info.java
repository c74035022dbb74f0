/** The user interface in a real browser, against {@link dev.execlaw.web.stub.StubServer}. */
@NullMarked
package dev.execlaw.web;

import org.jspecify.annotations.NullMarked;
