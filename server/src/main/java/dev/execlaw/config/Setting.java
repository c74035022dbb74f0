package dev.execlaw.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Documents one key on the record component that holds it: the only place where its meaning and default are written.
 * The TOML key is the component's name in snake case.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Setting {

    /** What the key does, its unit and its special values, in one line. */
    String meaning();

    /** Default as text; the elements of a list are separated by commas. */
    String byDefault();
}
