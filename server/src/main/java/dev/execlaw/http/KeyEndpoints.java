package dev.execlaw.http;

import static dev.execlaw.http.Endpoint.endpoint;

import dev.execlaw.key.KeyTrial;
import dev.execlaw.key.KeyView;
import dev.execlaw.key.Keys;
import dev.execlaw.problem.ErrorCode;
import java.util.List;

/** The operations on the keys of providers. None of them gives a key back. */
final class KeyEndpoints {

    private final Keys keys;

    KeyEndpoints(Keys keys) {
        this.keys = keys;
    }

    List<Endpoint> all() {
        return List.of(
                endpoint("GET", "/keys", "listKeys", "The providers that this server has keys for")
                        .returns(200, KeyList.class)
                        .does(_ -> new KeyList(keys.list())),
                endpoint("PUT", "/keys/{provider}", "putKey", "Keeps a provider's key; it cannot be read again")
                        .returns(200, KeyView.class)
                        .fails(ErrorCode.UNKNOWN_PROVIDER, ErrorCode.UNKNOWN_FIELD, ErrorCode.BODY_TOO_LARGE)
                        .takes(NewKey.class, (call, body) -> keys.put(call.path("provider"), body.key())),
                endpoint("DELETE", "/keys/{provider}", "removeKey", "Forgets a provider's stored key")
                        .returnsNothing(204)
                        .fails(ErrorCode.UNKNOWN_PROVIDER, ErrorCode.NOT_FOUND)
                        .does(call -> {
                            keys.remove(call.path("provider"));
                            return null;
                        }),
                endpoint("POST", "/keys/{provider}/test", "testKey", "Asks the provider whether it takes the key")
                        .returns(200, KeyTrial.class)
                        .fails(ErrorCode.UNKNOWN_PROVIDER, ErrorCode.NOT_FOUND)
                        .does(call -> keys.test(call.path("provider"))));
    }

    /** Response of {@code GET /keys}. */
    record KeyList(List<KeyView> keys) {}

    /** Body of {@code PUT /keys/{provider}}. */
    record NewKey(String key) {

        @Override
        public String toString() {
            return "NewKey[hidden]";
        }
    }
}
