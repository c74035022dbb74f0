package dev.execlaw.microvm.firecracker.api;

import org.jspecify.annotations.Nullable;

/** The balloon, through which a guest gives memory back. It is cooperative: no guest can be made to. */
public sealed interface Balloon extends Command {

    /** Makes the balloon; before start only. */
    record Configuration(
            int amountMib,
            boolean deflateOnOom,
            @Nullable Integer statsPollingIntervalS,
            @Nullable Boolean freePageHinting,
            @Nullable Boolean freePageReporting)
            implements Balloon {

        @Override
        public String path() {
            return "/balloon";
        }
    }

    /** Changes its size; after start only. */
    record Update(int amountMib) implements Balloon {

        @Override
        public Method method() {
            return Method.PATCH;
        }

        @Override
        public String path() {
            return "/balloon";
        }
    }

    /** Changes how often the guest tells its figures. It cannot switch them on or off. */
    record StatisticsUpdate(int statsPollingIntervalS) implements Balloon {

        @Override
        public Method method() {
            return Method.PATCH;
        }

        @Override
        public String path() {
            return "/balloon/statistics";
        }
    }

    /** Begins a run of free page hinting. */
    record HintingStart(@Nullable Boolean acknowledgeOnStop) implements Balloon {

        @Override
        public Method method() {
            return Method.PATCH;
        }

        @Override
        public String path() {
            return "/balloon/hinting/start";
        }
    }

    /** Ends a run of free page hinting. */
    record HintingStop() implements Balloon {

        @Override
        public Method method() {
            return Method.PATCH;
        }

        @Override
        public String path() {
            return "/balloon/hinting/stop";
        }

        @Override
        public @Nullable Object body() {
            return null;
        }
    }
}
