package dev.execlaw.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.regex.Pattern;

/** No class is called by what all classes are. */
final class PlainNames extends ArchCondition<JavaClass> {

    private static final Pattern EMPTY_WORDS = Pattern.compile(".*(Manager|Helper|Utils?|Impl)");

    PlainNames() {
        super("have a name that says what they are");
    }

    @Override
    public void check(JavaClass item, ConditionEvents events) {
        if (EMPTY_WORDS.matcher(item.getSimpleName()).matches()) {
            events.add(SimpleConditionEvent.violated(item, item.getName() + " ends in Manager, Helper, Util or Impl"));
        }
    }
}
