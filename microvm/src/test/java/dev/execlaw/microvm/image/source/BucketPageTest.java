package dev.execlaw.microvm.image.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BucketPageTest {

    @Test
    void readsKeysPrefixesAndTheToken() throws IOException {
        BucketPage page = parse("""
                <?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
                <Prefix>not/this</Prefix><IsTruncated>true</IsTruncated><NextContinuationToken>a+b=</NextContinuationToken>
                <Contents><Key>x&amp;y</Key><Owner><Key>nor this</Key></Owner></Contents>
                <CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes></ListBucketResult>""");
        assertThat(page.keys()).containsExactly("x&y");
        assertThat(page.prefixes()).containsExactly("d/");
        assertThat(page.next()).isEqualTo("a+b=");
    }

    @Test
    void refusesAListingThatGoesOnNowhere() {
        assertThatThrownBy(() -> parse("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("goes on, but not where");
    }

    @Test
    void givesTheBucketsOwnError() {
        assertThatThrownBy(() -> parse("<Error><Code>NoSuchBucket</Code><Message>it does not exist</Message></Error>"))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("it does not exist");
    }

    @Test
    void refusesOtherDocuments() {
        assertThatThrownBy(() -> parse("<html><body>hello</body></html>"))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("web page");
        assertThatThrownBy(() -> parse("<Listing/>"))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("is <Listing>");
        assertThatThrownBy(() -> parse("<ListBucketResult><Contents>")).isInstanceOf(SourceException.class);
        assertThatThrownBy(() -> parse("")).isInstanceOf(SourceException.class);
    }

    @Test
    void readsNoFileForAnEntityAndExpandsNoBomb(@TempDir Path dir) throws IOException {
        Path secret = Files.writeString(dir.resolve("secret"), "s3cret");
        assertThatThrownBy(() -> parse("<!DOCTYPE x [<!ENTITY f SYSTEM \"" + secret.toUri() + "\">]>"
                        + "<ListBucketResult><Contents><Key>&f;</Key></Contents></ListBucketResult>"))
                .isInstanceOf(SourceException.class)
                .hasMessageContaining("document type definition")
                .hasMessageNotContaining("s3cret");
        assertThatThrownBy(() -> parse("<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>"
                        + "<ListBucketResult><Contents><Key>&b;</Key></Contents></ListBucketResult>"))
                .isInstanceOf(SourceException.class);
    }

    private static BucketPage parse(String xml) throws SourceException {
        return BucketPage.parse(xml.getBytes(StandardCharsets.UTF_8), "the listing");
    }
}
