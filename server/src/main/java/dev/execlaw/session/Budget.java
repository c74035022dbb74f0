package dev.execlaw.session;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** One of the four budgets: its limit in a policy, its name in events, its amounts in words. */
enum Budget {
    TOKENS("tokens") {
        @Override
        @Nullable
        Number of(SessionPolicy policy) {
            return policy.tokens();
        }

        @Override
        String words(double amount) {
            return whole(amount) + " tokens";
        }
    },
    MONEY("usd") {
        @Override
        @Nullable
        Number of(SessionPolicy policy) {
            return policy.usd();
        }

        @Override
        String words(double amount) {
            return String.format(Locale.ROOT, amount > 0 && amount < 1 ? "$%.4f" : "$%,.2f", amount);
        }
    },
    REQUESTS("requests") {
        @Override
        @Nullable
        Number of(SessionPolicy policy) {
            return policy.requests();
        }

        @Override
        String words(double amount) {
            return whole(amount) + " requests";
        }
    },
    MINUTES("minutes") {
        @Override
        @Nullable
        Number of(SessionPolicy policy) {
            return policy.minutes();
        }

        @Override
        String words(double amount) {
            return String.format(Locale.ROOT, amount == Math.rint(amount) ? "%,.0f minutes" : "%,.1f minutes", amount);
        }
    };

    private final String json;

    Budget(String json) {
        this.json = json;
    }

    /** Name in events and in the policy. */
    String json() {
        return json;
    }

    abstract @Nullable Number of(SessionPolicy policy);

    /** An amount with its unit. */
    abstract String words(double amount);

    /** The limit, if there is one. */
    OptionalDouble limit(SessionPolicy policy) {
        return Optional.ofNullable(of(policy)).stream()
                .mapToDouble(Number::doubleValue)
                .findFirst();
    }

    private static String whole(double amount) {
        return String.format(Locale.ROOT, "%,.0f", amount);
    }
}
