<?php
// The published client flow in PHP without extensions beyond hash and json: sign (WSSE, as older
// clients do), bind, hear events, query, modify, stop, unbind. Written from the interface's documents.
//
//     php client.php BASE KEY SECRET X A B PORT
[, $base, $key, $secret, $x, $a, $b, $port] = $argv;
const AXB = '/rest/caas/relationnumber/partners/v1.0';
const STOP = '/rest/httpsessions/callStop/v2.0';
$seen = [];
$arrived = [];

function digest(string $secret, string $nonce, string $created): string
{
    return base64_encode(hash('sha256', $nonce . $created . $secret, true));
}

function call(string $method, string $path, ?array $body = null, array $query = []): array
{
    global $base, $key, $secret;
    $nonce = uniqid();
    $created = gmdate('Y-m-d\TH:i:s\Z');
    $headers = [
        'Content-Type: application/json;charset=UTF-8',
        'Authorization: WSSE realm="SDP", profile="UsernameToken", type="Appkey"',
        sprintf(
            'X-WSSE: UsernameToken Username="%s", PasswordDigest="%s", Nonce="%s", Created="%s"',
            $key,
            digest($secret, $nonce, $created),
            $nonce,
            $created
        ),
        'Connection: close',
    ];
    $context = stream_context_create(['http' => [
        'method' => $method,
        'header' => $headers,
        'content' => $body === null ? '' : json_encode($body),
        'ignore_errors' => true,
        'timeout' => 20,
    ]]);
    $url = $base . $path . ($query ? '?' . http_build_query($query) : '');
    return json_decode(file_get_contents($url, false, $context), true);
}

function receive($server): void
{
    global $arrived, $secret;
    $client = stream_socket_accept($server, 60);
    if ($client === false) {
        throw new Exception('no push came');
    }
    stream_set_timeout($client, 20);
    fgets($client);
    $headers = [];
    while (($line = rtrim(fgets($client), "\r\n")) !== '') {
        [$name, $value] = explode(':', $line, 2);
        $headers[strtolower($name)] = trim($value);
    }
    $body = stream_get_contents($client, (int) $headers['content-length']);
    fwrite($client, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    fclose($client);
    preg_match_all('/(\w+)="([^"]*)"/', $headers['x-wsse'] ?? '', $found);
    $given = array_combine($found[1], $found[2]);
    $valid = digest($secret, $given['Nonce'], $given['Created']) === $given['PasswordDigest'];
    $arrived[] = [$valid, json_decode($body, true)];
}

function wait($server, string $wanted): array
{
    global $arrived, $seen;
    while (true) {
        while (!$arrived) {
            receive($server);
        }
        [$valid, $body] = array_shift($arrived);
        $seen[] = $body['eventType'];
        if (!$valid) {
            throw new Exception("the signature of {$body['eventType']} is wrong");
        }
        if ($body['eventType'] === $wanted) {
            return $body;
        }
    }
}

function say(array $words): void
{
    fwrite(STDOUT, json_encode($words) . "\n");
    fflush(STDOUT);
}

$server = stream_socket_server("tcp://127.0.0.1:$port");
$bound = call('POST', AXB, ['relationNum' => $x, 'callerNum' => $a, 'calleeNum' => $b]);
say(['step' => 'bound', 'code' => $bound['resultcode'], 'x' => $bound['relationNum']]);
$one = ['subscriptionId' => $bound['subscriptionId']];
$session = wait($server, 'answer')['statusInfo']['sessionId'];
$queried = call('GET', AXB, null, ['relationNum' => $x, 'callerNum' => $a]);
say(['step' => 'queried', 'code' => $queried['resultcode'], 'a' => $queried['relationNumList'][0]['callerNum']]);
$changed = call('PUT', AXB, $one + ['maxDuration' => 30]);
$again = call('GET', AXB, null, $one);
say(['step' => 'modified', 'code' => $changed['resultcode'], 'limit' => $again['relationNumList'][0]['maxDuration']]);
$stopped = call('POST', STOP, ['sessionid' => $session, 'signal' => 'call_stop']);
say(['step' => 'stopped', 'code' => $stopped['resultcode']]);
wait($server, 'disconnect');
$record = wait($server, 'fee')['feeLst'][0];
say(['step' => 'recorded', 'caller' => $record['callerNum'], 'x' => $record['bindNum'],
    'same' => $record['sessionId'] === $session]);
$unbound = call('DELETE', AXB, null, $one);
$gone = call('GET', AXB, null, $one);
say(['step' => 'unbound', 'code' => $unbound['resultcode'], 'then' => $gone['resultcode']]);
say(['step' => 'done', 'events' => $seen]);
