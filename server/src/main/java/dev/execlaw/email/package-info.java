/**
 * Transcripts by mail: what they say, who may get them, and how they are sent. The only package that knows the mail
 * library. It reads sessions and their log and changes neither.
 */
@NullMarked
package dev.execlaw.email;

import org.jspecify.annotations.NullMarked;
