package dev.execlaw.microvm.image.source;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * One page of an S3 listing, version 2 (the answer of ListObjectsV2 in the S3 API reference).
 *
 * @param keys names of files
 * @param prefixes what is common up to the delimiter: directories
 * @param next the token for the next page, or null on the last
 */
record BucketPage(
        List<String> keys, List<String> prefixes, @Nullable String next) {

    BucketPage {
        keys = List.copyOf(keys);
        prefixes = List.copyOf(prefixes);
    }

    static BucketPage parse(byte[] xml, String what) throws SourceException {
        FileKind.refuseWebPage(Arrays.copyOf(xml, Math.min(xml.length, FileKind.HEAD_BYTES)), what);
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(xml));
            try {
                return page(reader, what);
            } finally {
                reader.close();
            }
        } catch (XMLStreamException e) {
            throw new SourceException(
                    what + " is not an S3 listing ("
                            + String.valueOf(e.getMessage()).replaceAll("\\s+", " ")
                            + "): check the bucket's address, or a proxy answers in its place",
                    e);
        }
    }

    private static BucketPage page(XMLStreamReader reader, String what) throws XMLStreamException, SourceException {
        List<String> keys = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        String token = null;
        boolean truncated = false;
        List<String> path = new ArrayList<>();
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.DTD ->
                    throw new SourceException(
                            what + " holds a document type definition: refused, no S3 listing has one");
                case XMLStreamConstants.START_ELEMENT -> {
                    path.add(reader.getLocalName());
                    switch (String.join("/", path)) {
                        case "ListBucketResult/Contents/Key" -> keys.add(text(reader, path));
                        case "ListBucketResult/CommonPrefixes/Prefix" -> prefixes.add(text(reader, path));
                        case "ListBucketResult/NextContinuationToken" -> token = text(reader, path);
                        case "ListBucketResult/IsTruncated" ->
                            truncated = text(reader, path).equals("true");
                        case "Error/Message" -> throw new SourceException(what + " answered: " + text(reader, path));
                        default -> {
                            if (path.size() == 1
                                    && !path.getFirst().equals("ListBucketResult")
                                    && !path.getFirst().equals("Error")) {
                                throw new SourceException(what + " is <" + path.getFirst()
                                        + ">, not an S3 listing: check the bucket's address");
                            }
                        }
                    }
                }
                case XMLStreamConstants.END_ELEMENT -> path.removeLast();
                default -> {}
            }
        }
        if (truncated && token == null) {
            throw new SourceException(what + " says that it goes on, but not where: check the bucket's address");
        }
        return new BucketPage(keys, prefixes, truncated ? token : null);
    }

    /** The text of an element, which is left behind. */
    private static String text(XMLStreamReader reader, List<String> path) throws XMLStreamException {
        String text = reader.getElementText();
        path.removeLast();
        return text;
    }
}
