package dev.execlaw.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The arrows between modules and packages, over the classes that ship. */
final class ArchitectureTest {

    private static final String MICROVM = "dev.execlaw.microvm..";
    private static final String CLI = "dev.execlaw.cli..";
    private static final String[] SERVER = {
        "dev.execlaw",
        "dev.execlaw.agent..",
        "dev.execlaw.auth..",
        "dev.execlaw.config..",
        "dev.execlaw.email..",
        "dev.execlaw.event..",
        "dev.execlaw.exec..",
        "dev.execlaw.gateway..",
        "dev.execlaw.host..",
        "dev.execlaw.http..",
        "dev.execlaw.original..",
        "dev.execlaw.problem..",
        "dev.execlaw.session..",
        "dev.execlaw.store..",
    };

    private static JavaClasses product;

    @BeforeAll
    static void read() {
        product = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.execlaw");
    }

    @Test
    void theWholeProductIsSeen() {
        assertThat(product.stream().map(JavaClass::getPackageName))
                .contains("dev.execlaw.microvm.machine", "dev.execlaw.session", "dev.execlaw.cli");
    }

    @TestFactory
    Stream<DynamicTest> rules() {
        return Stream.of(
                        noClasses()
                                .that()
                                .resideInAPackage(MICROVM)
                                .should()
                                .dependOnClassesThat(resideInAnyPackage(SERVER).or(resideInAPackage(CLI)))
                                .because("microvm is a library that knows nothing of sessions, agents or servers"),
                        noClasses()
                                .that()
                                .resideInAnyPackage(SERVER)
                                .should()
                                .dependOnClassesThat(resideInAPackage(CLI))
                                .because("arrows go one way: cli -> server -> microvm"),
                        onlyIn(
                                        "dev.execlaw.store..",
                                        "java.sql..",
                                        "javax.sql..",
                                        "org.sqlite..",
                                        "org.jdbi..",
                                        "org.flywaydb..")
                                .because("only store touches the database"),
                        onlyIn("dev.execlaw.exec..", "org.apache.sshd..", "net.i2p..")
                                .because("only exec knows SSH"),
                        onlyIn("dev.execlaw.email..", "jakarta.mail..", "org.eclipse.angus..")
                                .because("only email knows the mail library"),
                        onlyIn("dev.execlaw.microvm.linux..", "java.lang.foreign..")
                                .because("native calls live in one place"),
                        noClasses()
                                .that()
                                .resideOutsideOfPackage("dev.execlaw.microvm.process..")
                                .should()
                                .dependOnClassesThat()
                                .areAssignableTo(ProcessBuilder.class)
                                .because("children are started by the one immortal thread of microvm.process"),
                        noClasses()
                                .that()
                                .resideOutsideOfPackage("dev.execlaw.microvm.process..")
                                .should()
                                .callMethod(Runtime.class, "exec", String[].class)
                                .because("children are started by the one immortal thread of microvm.process"),
                        noClasses()
                                .that()
                                .resideInAnyPackage(
                                        "dev.execlaw.session..", "dev.execlaw.agent..", "dev.execlaw.host..")
                                .should()
                                .dependOnClassesThat(resideInAnyPackage("org.eclipse.jetty..", "dev.execlaw.http.."))
                                .because("sessions do not know how they are reached"),
                        noClasses()
                                .should()
                                .dependOnClassesThat(
                                        resideInAnyPackage("jakarta.servlet..", "jakarta.inject..", "javax.inject.."))
                                .because("no servlets, no injection framework: parts are joined by constructors"),
                        noClasses()
                                .should()
                                .callMethodWhere(new Sleeping())
                                .because("we wait for facts, never for time"),
                        fields().that()
                                .areStatic()
                                .and()
                                .arePublic()
                                .should()
                                .beFinal()
                                .because("no global state that changes"),
                        classes().should(new PlainNames()).because("names say what a thing is"))
                .map(rule -> DynamicTest.dynamicTest(rule.getDescription(), () -> rule.check(product)));
    }

    private static ArchRule onlyIn(String home, String... foreign) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(home)
                .should()
                .dependOnClassesThat(resideInAnyPackage(foreign));
    }
}
