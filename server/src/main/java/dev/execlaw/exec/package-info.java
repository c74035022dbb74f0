/**
 * Commands in a guest from outside, by SSH: keys, connections, one execution. Knows neither sessions nor HTTP; nobody
 * else knows the SSH library.
 */
@NullMarked
package dev.execlaw.exec;

import org.jspecify.annotations.NullMarked;
