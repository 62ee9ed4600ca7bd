import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.io.StringWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.event.InvalidReferenceEventHandler;
import org.apache.velocity.context.Context;
import org.apache.velocity.context.InternalContextAdapterImpl;
import org.apache.velocity.runtime.RuntimeInstance;
import org.apache.velocity.runtime.parser.node.SimpleNode;
import org.apache.velocity.util.introspection.Info;

/** Apache Velocity 1.7 behind the questions of templates.py; the protocol is told in template_engines.py. */
public class TemplatesOnTheJvm {
    private static final long SLICE = 5_000_000;
    private static final RuntimeInstance ENGINE = new RuntimeInstance();
    private static long written;
    private static int number;

    interface Call {
        CharSequence run() throws Exception;
    }

    public static class Util {
        public String urlEncode(String text) throws Exception {
            return URLEncoder.encode(text, "UTF-8");
        }

        public String escapeJavaScript(String text) {
            return StringEscapeUtils.escapeJavaScript(text);
        }
    }

    /** As API Gateway has it: a reference without a value is the empty string. */
    public static class Nothing implements InvalidReferenceEventHandler {
        public Object invalidGetMethod(
                Context context, String name, Object owner, String property, Info where) {
            return "";
        }

        public boolean invalidSetMethod(Context context, String left, String right, Info where) {
            return false;
        }

        public Object invalidMethod(Context context, String name, Object owner, String method, Info where) {
            return "";
        }
    }

    public static void main(String[] arguments) throws Exception {
        ENGINE.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        ENGINE.setProperty("eventhandler.invalidreferences.class", Nothing.class.getName());
        ENGINE.init();
        Path folder = Paths.get(arguments[0]);
        BufferedReader questions =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Map<String, Call> calls = new LinkedHashMap<>();
        for (String line = questions.readLine(); line != null; line = questions.readLine()) {
            String[] words = line.split(" ");
            String key = words[1] + words[2] + words[3];
            if (!calls.containsKey(key)) {
                String source = new String(
                    Files.readAllBytes(folder.resolve(words[2] + ".vm")), StandardCharsets.UTF_8);
                calls.put(key, call(words[1], source, Integer.parseInt(words[3])));
            }
            System.out.println(answer(words[0], calls.get(key), Long.parseLong(words[4])));
        }
    }

    private static String answer(String wanted, Call call, long milliseconds) throws Exception {
        if (wanted.equals("text")) {
            return Base64.getEncoder().encodeToString(call.run().toString().getBytes(StandardCharsets.UTF_8));
        }
        return Double.toString(microseconds(call, milliseconds * 1_000_000));
    }

    private static double microseconds(Call call, long nanoseconds) throws Exception {
        double best = Double.MAX_VALUE;
        int turns = 1;
        long end = System.nanoTime() + nanoseconds;
        for (long start = System.nanoTime(); start < end;) {
            for (int turn = 0; turn < turns; turn++) {
                written += call.run().length();
            }
            long stop = System.nanoTime();
            best = Math.min(best, (double) (stop - start) / turns);
            turns = (int) Math.max(1, SLICE / best);
            start = stop;
        }
        return best / 1000;
    }

    private static Call call(String kind, String source, int lines) throws Exception {
        Context references = references(lines);
        if (kind.equals("compile")) {
            // What is kept by its text would be compiled once: every text is another.
            return () -> compiled(source + number++, references).getFirstToken().image;
        }
        SimpleNode tree = compiled(source, references);
        return () -> {
            StringWriter out = new StringWriter();
            tree.render(context(references), out);
            return out.getBuffer();  // copying it to a String is not Velocity's time
        };
    }

    private static SimpleNode compiled(String source, Context references) throws Exception {
        SimpleNode tree = ENGINE.parse(new StringReader(source), "template");
        tree.init(context(references), ENGINE);
        return tree;
    }

    /** A context of its own for what #set sets, in front of the one that all renderings share. */
    private static InternalContextAdapterImpl context(Context references) {
        InternalContextAdapterImpl context = new InternalContextAdapterImpl(new VelocityContext(references));
        context.pushCurrentTemplateName("template");
        return context;
    }

    private static Context references(int lines) {
        Context references = new VelocityContext();
        references.put("util", new Util());
        references.put("x", "a b&c");
        references.put("y", "K\u00f6ln/5");
        references.put("doc", map("order", order(lines)));
        return references;
    }

    private static Map<String, Object> order(int count) {
        List<Object> lines = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            Map<String, Object> line = map("sku", "A" + number, "qty", 2 * number + 1,
                "price", number + 10.25, "paid", number % 2 == 0,
                "name", number % 4 == 0 ? "Plate 12\"" : "Mug, blue",
                "stock", map("warehouse", "W" + number % 5),
                "status", number % 3 == 0 ? "open" : "sent");
            if (number % 3 == 0) {
                line.put("discount", 1);
            }
            lines.add(line);
        }
        Map<String, Object> customer = map("name", "Ada", "address", map("city", "K\u00f6ln"));
        return map("id", "o-1", "customer", customer, "lines", lines, "total", 99.5);
    }

    private static Map<String, Object> map(Object... items) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int at = 0; at < items.length; at += 2) {
            map.put((String) items[at], items[at + 1]);
        }
        return map;
    }
}
