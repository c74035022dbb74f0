/** Configuration: one TOML file bound to validated records. */
@NullMarked
package dev.execlaw.config;

import org.jspecify.annotations.NullMarked;
