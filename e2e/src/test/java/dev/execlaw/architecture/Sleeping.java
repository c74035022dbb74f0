package dev.execlaw.architecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import java.util.concurrent.TimeUnit;

/** A call that only lets time pass. */
final class Sleeping extends DescribedPredicate<JavaMethodCall> {

    Sleeping() {
        super("sleeps");
    }

    @Override
    public boolean test(JavaMethodCall call) {
        return call.getName().equals("sleep")
                && (call.getTargetOwner().isEquivalentTo(Thread.class)
                        || call.getTargetOwner().isEquivalentTo(TimeUnit.class));
    }
}
