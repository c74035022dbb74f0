package dev.execlaw.cli;

/** The build's id, compiled into a class: a stale cache of loaded classes shows itself by an old value here. */
final class CompiledBuild {

    private static final String ID = "@execlaw.build.id@";

    private CompiledBuild() {}

    /** A method, so that the compiler cannot copy the constant into the classes that ask for it. */
    static String id() {
        return ID;
    }
}
