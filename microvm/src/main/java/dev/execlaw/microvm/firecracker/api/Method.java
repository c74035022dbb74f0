package dev.execlaw.microvm.firecracker.api;

/** The methods that Firecracker's server knows; there is no POST and no HEAD (micro-http, src/common/mod.rs). */
public enum Method {
    GET,
    PUT,
    PATCH,
    DELETE
}
