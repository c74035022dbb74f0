package dev.execlaw.config;

/** Section {@code [limits]}: what one client, and all sessions together, may take. */
public record LimitsConfig(
        @Setting(meaning = "Largest request body of the API in MiB.", byDefault = "4")
        int bodyMib,

        @Setting(meaning = "Requests a minute that one client address may make.", byDefault = "60000")
        int requestsPerMin,

        @Setting(meaning = "Requests one client address may make at once after a rest.", byDefault = "2000")
        int burst,

        @Setting(meaning = "Failed logins a minute that one client address may make.", byDefault = "10")
        int loginsPerMin,

        @Setting(meaning = "Event streams open at the same time.", byDefault = "1000")
        int streams,

        @Setting(
                meaning =
                        "MiB of memory of the host that machines may not take; idle sessions are put to sleep for it, and"
                                + " a start beyond it is refused when none is idle.",
                byDefault = "512")
        int memoryFloorMib,

        @Setting(
                meaning = "MiB of disk that must stay free; a start, a build or a first start beyond it is refused.",
                byDefault = "1024")
        int diskFloorMib,

        @Setting(
                meaning =
                        "MiB of disk that the checkpoints of one session may take; the oldest are given up for it, those"
                                + " with a name last, the newest never.",
                byDefault = "2048")
        int checkpointMibPerSession,

        @Setting(
                meaning =
                        "MiB of disk that the checkpoints of all sessions together may take; the oldest are given up for"
                                + " it, whosever they are, those with a name last, the newest of a session never.",
                byDefault = "20480")
        int checkpointMibTotal) {

    public LimitsConfig {
        Check.range("limits.body_mib", bodyMib, 1, 1_024);
        Check.range("limits.requests_per_min", requestsPerMin, 1, 1_000_000);
        Check.range("limits.burst", burst, 1, 1_000_000);
        Check.range("limits.logins_per_min", loginsPerMin, 1, 10_000);
        Check.range("limits.streams", streams, 1, 100_000);
        Check.range("limits.memory_floor_mib", memoryFloorMib, 0, 1_048_576);
        Check.range("limits.disk_floor_mib", diskFloorMib, 0, 1_048_576);
        Check.range("limits.checkpoint_mib_per_session", checkpointMibPerSession, 1, 1_048_576);
        Check.range("limits.checkpoint_mib_total", checkpointMibTotal, 1, 16_777_216);
    }
}
