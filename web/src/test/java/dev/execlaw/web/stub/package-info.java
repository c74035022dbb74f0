/** The user interface's test double of the server: follows the HTTP API, plays scripts instead of running machines. */
@NullMarked
package dev.execlaw.web.stub;

import org.jspecify.annotations.NullMarked;
