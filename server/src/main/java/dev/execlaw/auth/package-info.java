/** Who may call: tokens, cookies, origins, rate limits. */
@NullMarked
package dev.execlaw.auth;

import org.jspecify.annotations.NullMarked;
