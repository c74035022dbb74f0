/** The model API offered to guests: providers, by-reference messages, and the events read from the traffic. */
@NullMarked
package dev.execlaw.gateway;

import org.jspecify.annotations.NullMarked;
