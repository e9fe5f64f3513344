package io.rookery.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** As {@link NetworkProgramsTest}, with larger servers: Flask, PostgreSQL, dnsmasq. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class NetworkServersTest {
  private static final List<String> PACKAGES =
      List.of("bind9-dnsutils", "dnsmasq-base", "lynx", "postgresql", "python3-flask");
  private static final int APPLICATION = 5000;

  @TempDir static Path captures;

  private static SwitchedVms vms;

  @BeforeAll
  static void start() {
    assumeTrue(Boolean.getBoolean("rookery.full"), "for -Pfull");
    Path image = SwitchedVms.image("servers", PACKAGES);
    vms = SwitchedVms.start(image, "servers", captures, vm -> vm.publish(0, APPLICATION));
  }

  @AfterAll
  static void stop() throws Exception {
    if (vms != null) {
      vms.close();
      Tshark.assertSound(captures.resolve("client.pcapng"));
      Tshark.assertSound(captures.resolve("server.pcapng"));
    }
  }

  /** Notes in an SQLite database: written from the host, read from there and by lynx. */
  @Test
  void flask() throws Exception {
    vms.serve(
        APPLICATION,
        """
        cat > app.py <<'END'
        import flask, sqlite3
        app = flask.Flask('app')
        def database():
            if 'db' not in flask.g: flask.g.db = sqlite3.connect('/tmp/notes.db')
            return flask.g.db
        @app.teardown_appcontext
        def close(_):
            if 'db' in flask.g: flask.g.db.close()
        @app.post('/')
        def add():
            with database() as d: d.execute('insert into notes (text) values (?)', (flask.request.form['text'],))
            return flask.redirect('/')
        @app.get('/')
        def all():
            notes = database().execute('select id, text from notes order by id').fetchall()
            return flask.render_template_string(
                '<title>Notes</title><h1>Notes</h1><ol>{% for n in notes %}<li>{{ n[1] }}</li>{% endfor %}</ol>', notes=notes)
        with app.app_context(): database().execute('create table notes (id integer primary key, text)')
        app.run('0.0.0.0', 5000)
        END
        exec python3 app.py
        """);
    URL page =
        URI.create("http://127.0.0.1:" + vms.server().published(APPLICATION).getPort() + "/")
            .toURL();
    for (String text : List.of("buy milk", "1 < 2 & ä")) {
      HttpURLConnection post = (HttpURLConnection) page.openConnection();
      post.setDoOutput(true);
      try (OutputStream form = post.getOutputStream()) {
        form.write(("text=" + URLEncoder.encode(text, UTF_8)).getBytes(UTF_8));
      }
      assertEquals(200, post.getResponseCode());
    }
    try (InputStream shown = page.openStream()) {
      assertEquals(
          "<title>Notes</title><h1>Notes</h1><ol><li>buy milk</li><li>1 &lt; 2 &amp; ä</li></ol>",
          new String(shown.readAllBytes(), UTF_8));
    }
    String browser = "LANG=C.UTF-8 lynx -dump -display_charset=utf-8 ";
    assertEquals(
        "Notes 1. buy milk 2. 1 < 2 & ä",
        vms.run(browser + "http://server:" + APPLICATION + "/ | xargs -d '\\n' echo")
            .strip()
            .replaceAll("\\s+", " "));
    assertTrue(
        vms.run(
                "echo text=from+lynx | "
                    + browser
                    + "-post_data http://server:"
                    + APPLICATION
                    + "/")
            .contains("3. from lynx"));
  }

  @Test
  void postgres() throws Exception {
    vms.serve(
        5432,
        """
        b=/usr/lib/postgresql/15/bin; mkdir db; chown 1:1 db
        as="setpriv --reuid=1 --regid=1 --clear-groups env HOME=/tmp"
        $as $b/initdb -D db/d -U me -A trust --locale=C -E UTF8
        echo host all all all trust >> db/d/pg_hba.conf
        printf "listen_addresses='*'\\nunix_socket_directories='/tmp'\\nshared_buffers=16MB\\nautovacuum=off\\n" \
          >> db/d/postgresql.conf
        exec $as $b/postgres -D db/d
        """);
    assertEquals(
        """
        CREATE TABLE
        COPY 20000
        20000|10000|note 20000
        UPDATE 2
        ERROR:  division by zero
        20000
        """,
        vms.run(
            """
            q="/usr/lib/postgresql/15/bin/psql -h server -U me -d postgres -At"
            for i in $(seq 100); do $q -c 'select' > /dev/null 2>&1 && break; sleep 1; done
            $q -c 'create table t (id int primary key, name text)'
            seq 20000 | sed 's/.*/&\\tnote &/' | $q -c 'copy t from stdin'
            $q -c 'select count(*), count(*) filter (where id % 2 = 0), max(name) filter (where id = 20000) from t'
            $q -c 'update t set name = upper(name) where id < 3'
            $q -c 'select 1 / 0' 2>&1
            $q -c 'select * from t' | wc -l
            """));
  }

  @Test
  void dig() throws Exception {
    vms.serve(
        53,
        """
        exec dnsmasq --no-daemon --user=root --group=root --no-resolv --no-hosts --local=/example/ --edns-packet-max=4096 \
          --host-record=a.example,203.0.113.9,2001:db8::9 --cname=c.example,a.example \
          --srv-host=_s._tcp.example,a.example,8080 --txt-record=t.example,"$(printf 'x%.0s' {1..250})" \
          --txt-record=t.example,"$(printf 'y%.0s' {1..250})" --txt-record=t.example,"$(printf 'z%.0s' {1..250})"
        """);
    assertEquals(
        """
        203.0.113.9
        2001:db8::9
        a.example. 203.0.113.9
        a.example.
        0 0 8080 a.example.
        203.0.113.9
        flags: qr aa tc
        3 ;; SERVER: tcp
        status: NXDOMAIN
        connection refused
        """,
        vms.run(
            """
            d="dig -p 53 @server +tries=2 +time=20"
            $d +short a.example A; $d +short a.example AAAA; $d +short c.example | xargs; $d +short -x 203.0.113.9
            $d +short _s._tcp.example SRV; $d +short +tcp a.example
            $d +noedns +ignore t.example TXT | grep -o 'flags: qr aa.* tc' | sed 's/ rd//'
            $d +noedns t.example TXT > out; echo $(grep -c '^t.example' out) ';; SERVER:' $(grep SERVER out | grep -o -i tcp | tr A-Z a-z)
            $d none.example | grep -o 'status: [A-Z]*'
            dig -4 -p 54 @server +tries=1 +time=20 a.example | grep -o 'connection refused' | head -1
            """));
    // The switch's own name server.
    String own = SwitchedVms.run(vms.server(), "getent ahostsv4 server | head -1 | cut -d' ' -f1");
    assertEquals(own, vms.run("dig +short server"));
    assertEquals("NXDOMAIN\n", vms.run("dig nobody | grep -o NXDOMAIN | head -1"));
  }
}
