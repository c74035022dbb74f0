/** The daemon: where its parts are made and joined. Everything else lives in the packages below. */
@NullMarked
package dev.execlaw;

import org.jspecify.annotations.NullMarked;
