package dev.execlaw;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Which package of the server may know which. */
class PackagesTest {

    private static final JavaClasses SERVER = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.execlaw");

    @Test
    void onlyTheStoreSpeaksSql() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.execlaw.store..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "javax.sql..", "org.sqlite..")
                .check(SERVER);
    }

    @Test
    void theStoreKnowsNothingOfTheServer() {
        noClasses()
                .that()
                .resideInAPackage("dev.execlaw.store..")
                .should()
                .dependOnClassesThat(com.tngtech.archunit.base.DescribedPredicate.describe(
                        "are ours and outside of the store",
                        type -> type.getPackageName().startsWith("dev.execlaw")
                                && !type.getPackageName().startsWith("dev.execlaw.store")))
                .check(SERVER);
    }

    @Test
    void theHostAndTheAgentsKnowNoSessions() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.execlaw.host..", "dev.execlaw.agent..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.execlaw.session..", "dev.execlaw.http..", "dev.execlaw.event..")
                .check(SERVER);
    }

    @Test
    void sessionsKnowNeitherHttpNorConfiguration() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.execlaw.session..", "dev.execlaw.event..", "dev.execlaw.gateway..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.execlaw.http..", "dev.execlaw.auth..", "dev.execlaw.config..")
                .check(SERVER);
    }

    @Test
    void nobodyDependsOnTheDaemonButItself() {
        classes()
                .that()
                .haveNameMatching("dev\\.execlaw\\.Daemon.*")
                .should()
                .onlyBeAccessed()
                .byAnyPackage("dev.execlaw", "dev.execlaw.cli..", "dev.execlaw.bench..")
                .check(SERVER);
    }

    @Test
    void theMachineLibraryKnowsNothingOfTheServer() {
        noClasses()
                .that()
                .resideInAPackage("dev.execlaw.microvm..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.execlaw.session..",
                        "dev.execlaw.agent..",
                        "dev.execlaw.gateway..",
                        "dev.execlaw.event..",
                        "dev.execlaw.http..",
                        "dev.execlaw.host..",
                        "dev.execlaw.store..")
                .check(SERVER);
    }

    @Test
    void microvmPackagesHaveNoCyclesWithTheStoreOrHost() {
        slices().matching("dev.execlaw.(store|host|agent)..")
                .should()
                .beFreeOfCycles()
                .check(SERVER);
    }
}
