package dev.execlaw.email;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sends letters by the gateway of an exe.dev machine (exe.dev/docs/send-email): {@code {to, subject, body}}, plain text
 * alone. It sends to the machine's owner, the owner's team and those who have logged into it.
 */
final class ExeDevCourier implements Courier {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int LONGEST_ANSWER = 300;

    private final URI gateway;
    private final Duration deadline;
    private final HttpClient http;

    ExeDevCourier(URI gateway, Duration deadline) {
        this.gateway = gateway;
        this.deadline = deadline;
        this.http = HttpClient.newBuilder().connectTimeout(deadline).build();
    }

    private record Mail(String to, String subject, String body) {}

    @Override
    public void deliver(Letter letter) throws DeliveryException {
        byte[] body = JSON.writeValueAsBytes(new Mail(letter.to(), letter.subject(), letter.text()));
        HttpRequest request = HttpRequest.newBuilder(gateway)
                .timeout(deadline)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        try {
            HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                String said = response.body();
                throw new DeliveryException("the mail gateway answered " + response.statusCode() + ": "
                        + said.substring(0, Math.min(said.length(), LONGEST_ANSWER))
                                .strip());
            }
        } catch (IOException e) {
            throw new DeliveryException("the mail gateway " + gateway + " was not reached: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeliveryException("interrupted while a letter was sent", e);
        }
    }
}
