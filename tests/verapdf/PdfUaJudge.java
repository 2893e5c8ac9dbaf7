// veraPDF's verdict on PDF/UA-1: file names as arguments, or one a line on standard input; one line of JSON for each.

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.LogManager;
import java.util.stream.Stream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.VeraPDFFoundry;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

public class PdfUaJudge {
    private static final int EXAMPLES_PER_RULE = 1;

    public static void main(String[] names) throws Exception {
        LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        var asked = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var json = new ObjectMapper();
        Iterable<String> files = (names.length > 0 ? Stream.of(names) : asked.lines())::iterator;
        for (String file : files) {
            System.out.println(json.writeValueAsString(verdict(file)));
        }
    }

    private static Map<String, Object> verdict(String file) {
        var said = new LinkedHashMap<String, Object>();
        said.put("file", file);
        VeraPDFFoundry foundry = Foundries.defaultInstance();
        try (PDFAParser parser = foundry.createParser(new File(file), PDFAFlavour.PDFUA_1);
                PDFAValidator validator =
                        foundry.createValidator(PDFAFlavour.PDFUA_1, EXAMPLES_PER_RULE, false, true, false)) {
            ValidationResult result = validator.validate(parser);
            said.put("compliant", result.isCompliant());
            said.put("checks", result.getTotalAssertions());
            said.put("failed", failed(result));
        } catch (Exception error) {
            said.put("error", error.toString());
        }
        return said;
    }

    private static List<Map<String, Object>> failed(ValidationResult result) {
        var rules = new ArrayList<Map<String, Object>>();
        for (TestAssertion example : result.getTestAssertions()) {
            var rule = new LinkedHashMap<String, Object>();
            rule.put("specification", example.getRuleId().getSpecification().getId());
            rule.put("clause", example.getRuleId().getClause());
            rule.put("test", example.getRuleId().getTestNumber());
            rule.put("times", result.getFailedChecks().get(example.getRuleId()));
            rule.put("description", example.getMessage());
            rule.put("example", example.getLocation().getContext());
            rules.add(rule);
        }
        return rules;
    }
}
