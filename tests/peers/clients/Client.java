// The published client flow in Java's standard library: sign (with the local clock and a literal Z, as
// demos of the interface do), bind, hear events, query, modify, stop, unbind. Written from its documents.
//
//     java Client.java BASE KEY SECRET X A B PORT

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Client {
    static final String AXB = "/rest/caas/relationnumber/partners/v1.0";
    static final String STOP = "/rest/httpsessions/callStop/v2.0";
    static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss'Z'");
    static final BlockingQueue<String[]> arrived = new LinkedBlockingQueue<>();
    static final List<String> seen = new ArrayList<>();
    static final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    static String base, key, secret;

    static String digest(String nonce, String created) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            byte[] raw = mac.doFinal((nonce + created).getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(raw);
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    static String attribute(String token, String name) {
        Matcher found = Pattern.compile(name + "=\"([^\"]*)\"").matcher(token);
        return found.find() ? found.group(1) : "";
    }

    static String text(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\\s*\"?([^\",}\\]]*)").matcher(json);
        return found.find() ? found.group(1) : "";
    }

    static void receive(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String token = exchange.getRequestHeaders().getFirst("X-AKSK");
        String wanted = digest(attribute(token, "Nonce"), attribute(token, "Created"));
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
        String valid = wanted.equals(attribute(token, "PasswordDigest")) ? "valid" : "invalid";
        arrived.add(new String[] {valid, body});
    }

    static String await(String wanted) throws InterruptedException {
        while (true) {
            String[] push = arrived.poll(60, TimeUnit.SECONDS);
            if (push == null) {
                throw new IllegalStateException("no " + wanted + " came");
            }
            String kind = text(push[1], "eventType");
            seen.add(kind);
            if (!push[0].equals("valid")) {
                throw new IllegalStateException("the signature of " + kind + " is wrong");
            }
            if (kind.equals(wanted)) {
                return push[1];
            }
        }
    }

    static String call(String method, String path, String body) throws Exception {
        String nonce = UUID.randomUUID().toString().replace("-", "");
        String created = LocalDateTime.now(ZoneId.of("Asia/Shanghai")).format(STAMP);
        String token = String.format(
                "UsernameToken Username=\"%s\",PasswordDigest=\"%s\",Nonce=\"%s\",Created=\"%s\"",
                key, digest(nonce, created), nonce, created);
        HttpRequest.BodyPublisher content = body == null
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(body);
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(Duration.ofSeconds(20))
                .header("Content-Type", "application/json;charset=UTF-8")
                .header("Authorization", "AKSK realm=\"SDP\",profile=\"UsernameToken\",type=\"Appkey\"")
                .header("X-AKSK", token)
                .method(method, content)
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    static String query(String name, String value) {
        return name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    static void say(String format, Object... words) {
        System.out.println(String.format(format, words));
        System.out.flush();
    }

    public static void main(String[] given) throws Exception {
        base = given[0];
        key = given[1];
        secret = given[2];
        String x = given[3];
        String a = given[4];
        String b = given[5];
        HttpServer server =
                HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(given[6])), 0);
        server.createContext("/", Client::receive);
        server.start();
        String bound = call("POST", AXB, String.format(
                "{\"relationNum\":\"%s\",\"callerNum\":\"%s\",\"calleeNum\":\"%s\",\"callDirection\":0}",
                x, a, b));
        say("{\"step\":\"bound\",\"code\":\"%s\",\"x\":\"%s\"}",
                text(bound, "resultcode"), text(bound, "relationNum"));
        String subscription = text(bound, "subscriptionId");
        String session = text(await("answer"), "sessionId");
        String one = AXB + "?" + query("subscriptionId", subscription);
        String queried = call("GET", AXB + "?" + query("relationNum", x) + "&" + query("callerNum", a), null);
        say("{\"step\":\"queried\",\"code\":\"%s\",\"a\":\"%s\"}",
                text(queried, "resultcode"), text(queried, "callerNum"));
        String changed = call("PUT", AXB,
                String.format("{\"subscriptionId\":\"%s\",\"maxDuration\":30}", subscription));
        say("{\"step\":\"modified\",\"code\":\"%s\",\"limit\":%s}",
                text(changed, "resultcode"), text(call("GET", one, null), "maxDuration"));
        String stopped = call("POST", STOP,
                String.format("{\"sessionid\":\"%s\",\"signal\":\"call_stop\"}", session));
        say("{\"step\":\"stopped\",\"code\":\"%s\"}", text(stopped, "resultcode"));
        await("disconnect");
        String record = await("fee");
        say("{\"step\":\"recorded\",\"caller\":\"%s\",\"x\":\"%s\",\"same\":%b}",
                text(record, "callerNum"), text(record, "bindNum"),
                text(record, "sessionId").equals(session));
        String unbound = call("DELETE", one, null);
        String gone = call("GET", one, null);
        say("{\"step\":\"unbound\",\"code\":\"%s\",\"then\":\"%s\"}",
                text(unbound, "resultcode"), text(gone, "resultcode"));
        say("{\"step\":\"done\",\"events\":[\"%s\"]}", String.join("\",\"", seen));
        server.stop(0);
        System.exit(0);
    }
}
