package dev.execlaw.microvm.firecracker.api;

import java.time.Duration;
import java.util.Map;

/** Makes the machine do something. */
public sealed interface Control extends Command {

    /** Lets the guest start; answered when its vCPUs run. Never to be repeated. */
    record InstanceStart() implements Control {

        @Override
        public String path() {
            return "/actions";
        }

        @Override
        public Object body() {
            return Map.of("action_type", "InstanceStart");
        }

        @Override
        public Duration deadline() {
            return Duration.ofSeconds(30);
        }
    }

    /** Writes the figures now. */
    record FlushMetrics() implements Control {

        @Override
        public String path() {
            return "/actions";
        }

        @Override
        public Object body() {
            return Map.of("action_type", "FlushMetrics");
        }
    }

    /** Presses these keys in the guest (x86-64), which makes most systems reboot, and a reboot ends the process. */
    record SendCtrlAltDel() implements Control {

        @Override
        public String path() {
            return "/actions";
        }

        @Override
        public Object body() {
            return Map.of("action_type", "SendCtrlAltDel");
        }
    }

    /** Stops the vCPUs. Nothing of the machine is served while it is paused but its API. */
    record Pause() implements Control {

        @Override
        public Method method() {
            return Method.PATCH;
        }

        @Override
        public String path() {
            return "/vm";
        }

        @Override
        public Object body() {
            return Map.of("state", "Paused");
        }

        @Override
        public Duration deadline() {
            return Duration.ofSeconds(30);
        }
    }

    /** Lets the vCPUs run on. */
    record Resume() implements Control {

        @Override
        public Method method() {
            return Method.PATCH;
        }

        @Override
        public String path() {
            return "/vm";
        }

        @Override
        public Object body() {
            return Map.of("state", "Resumed");
        }

        @Override
        public Duration deadline() {
            return Duration.ofSeconds(30);
        }
    }
}
