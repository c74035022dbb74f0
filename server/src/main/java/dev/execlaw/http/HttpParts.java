package dev.execlaw.http;

import dev.execlaw.email.Emails;
import dev.execlaw.original.Original;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP server offers beside sessions and events.
 *
 * @param original what pages of the first ExeClaw use; null where that is switched off
 * @param openOnLoopback whether programs of this machine may use {@code original} without a credential
 * @param exeDevHeaders whether a trusted proxy's headers tell who asks
 */
public record HttpParts(Emails emails, @Nullable Original original, boolean openOnLoopback, boolean exeDevHeaders) {}
