package dev.execlaw.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Requests for chat completions become requests for messages. */
class AnthropicRequestTest {

    private static final String ORIGIN = "claude-sonnet-4-5 account";

    private final ThinkingMemory memory = new ThinkingMemory();

    private JsonNode translated(String body) {
        String json = body.replace('\'', '"').replace("^", "\\\"");
        return AnthropicRequest.of((ObjectNode) Json.MAPPER.readTree(json), ORIGIN, memory);
    }

    private JsonNode messages(String messages) {
        return translated("{'model':'claude-sonnet-4-5','messages':[" + messages + "]}")
                .get("messages");
    }

    private static JsonNode json(String text) {
        return Json.MAPPER.readTree(text.replace('\'', '"'));
    }

    @Test
    void aWholeConversationWithToolsAndImages() {
        JsonNode out = translated("""
                {'model':'claude-sonnet-4-5','user':'s1','max_tokens':900,'temperature':1.7,'stop':['END',' '],
                 'messages':[
                  {'role':'system','content':'Be brief.'},{'role':'developer','content':'And kind.'},
                  {'role':'user','content':[{'type':'text','text':'Look'},
                    {'type':'image_url','image_url':{'url':'data:image/png;base64,iVBORw=='}},
                    {'type':'image_url','image_url':{'url':'https://h/x.png'}}]},
                  {'role':'assistant','content':'I look.','tool_calls':[
                    {'id':'functions.shell:0','type':'function','function':{'name':'shell','arguments':'{^command^:^ls^}'}},
                    {'id':'b','type':'function','function':{'name':'shell','arguments':'broken'}}]},
                  {'role':'tool','tool_call_id':'b','content':'two'},
                  {'role':'tool','tool_call_id':'functions.shell:0','content':''},
                  {'role':'user','content':'Go on'}],
                 'tools':[{'type':'function','function':{'name':'shell','description':'Runs','parameters':
                    {'type':'object','properties':{'command':{'type':'string'}}}}},
                    {'type':'function','function':{'name':'noop'}}],
                 'tool_choice':'required','parallel_tool_calls':false}""");
        assertThat(out).isEqualTo(json("""
                {'model':'claude-sonnet-4-5','max_tokens':900,'stream':true,'metadata':{'user_id':'s1'},
                 'system':[{'type':'text','text':'Be brief.'},
                   {'type':'text','text':'And kind.','cache_control':{'type':'ephemeral'}}],
                 'messages':[
                  {'role':'user','content':[{'type':'text','text':'Look'},
                    {'type':'image','source':{'type':'base64','media_type':'image/png','data':'iVBORw=='}},
                    {'type':'image','source':{'type':'url','url':'https://h/x.png'}}]},
                  {'role':'assistant','content':[{'type':'text','text':'I look.'},
                    {'type':'tool_use','id':'functions_shell_0','name':'shell','input':{'command':'ls'}},
                    {'type':'tool_use','id':'b','name':'shell','input':{'unreadable':'broken'}}]},
                  {'role':'user','content':[
                    {'type':'tool_result','tool_use_id':'b','content':[{'type':'text','text':'two'}]},
                    {'type':'tool_result','tool_use_id':'functions_shell_0'},
                    {'type':'text','text':'Go on','cache_control':{'type':'ephemeral'}}]}],
                 'tools':[{'name':'shell','description':'Runs','input_schema':
                    {'type':'object','properties':{'command':{'type':'string'}}}},
                    {'name':'noop','input_schema':{'type':'object'},'cache_control':{'type':'ephemeral'}}],
                 'tool_choice':{'type':'any','disable_parallel_tool_use':true},
                 'temperature':1.0,'stop_sequences':['END']}"""));
    }

    @Test
    void turnsAlternateBeginAndEndWithTheUser() {
        assertThat(messages("""
                {'role':'assistant','content':'Welcome'},{'role':'user','content':'a'},{'role':'user','content':'b'},
                {'role':'system','content':'note'},{'role':'assistant','content':'x'},{'role':'assistant','content':'y'}""")).isEqualTo(json("""
                [{'role':'user','content':[{'type':'text','text':'(continue)'}]},
                 {'role':'assistant','content':[{'type':'text','text':'Welcome'}]},
                 {'role':'user','content':[{'type':'text','text':'a'},{'type':'text','text':'b'},{'type':'text','text':'note'}]},
                 {'role':'assistant','content':[{'type':'text','text':'x'},{'type':'text','text':'y'}]},
                 {'role':'user','content':[{'type':'text','text':'(continue)','cache_control':{'type':'ephemeral'}}]}]"""));
        assertThat(messages("{'role':'user','content':''}").toString()).contains("(continue)");
    }

    @Test
    void callsWithoutResultsAndResultsWithoutCallsAreMadeToFit() {
        JsonNode out = messages("""
                {'role':'user','content':'a'},
                {'role':'assistant','content':null,'tool_calls':[{'id':'c1','function':{'name':'t','arguments':'{}'}},
                  {'id':'c2','function':{'name':'t','arguments':''}}]},
                {'role':'tool','tool_call_id':'c2','content':'done'},
                {'role':'user','content':'never mind'},
                {'role':'tool','tool_call_id':'gone','content':'late'}""");
        assertThat(out.get(2).get("content")).isEqualTo(json("""
                [{'type':'tool_result','tool_use_id':'c2','content':[{'type':'text','text':'done'}]},
                 {'type':'tool_result','tool_use_id':'c1','content':[{'type':'text','text':'(no result)'}]},
                 {'type':'text','text':'never mind'},{'type':'text','text':'[Result of an earlier tool call]'},
                 {'type':'text','text':'late','cache_control':{'type':'ephemeral'}}]"""));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', textBlock = """
            claude-3-haiku-20240307    , high   , 0.5 , -                                           , -    , 0.5 , 4096
            claude-3-5-sonnet-20241022 , high   , 0.5 , -                                           , -    , 0.5 , 8192
            claude-3-7-sonnet-20250219 , low    , 0.5 , `{"type":"enabled","budget_tokens":2048}`   , -    , -   , 32000
            claude-sonnet-4-20250514   , high   , 0.5 , `{"type":"enabled","budget_tokens":16384}`  , -    , -   , 32000
            claude-haiku-4-5           , none   , 0.5 , -                                           , -    , 0.5 , 32000
            MiniMax-M2                 , medium , 0.5 , `{"type":"enabled","budget_tokens":8192}`   , -    , -   , 32000
            claude-opus-4-6            , ``     , 0.5 , -                                           , -    , 0.5 , 32000
            claude-opus-4-6            , high   , 0.5 , `{"type":"adaptive"}`                       , high , -   , 32000
            claude-opus-4-7            , high   , 0.5 , `{"type":"adaptive","display":"summarized"}`, high , -   , 32000
            claude-sonnet-5-5          , ``     , 0.5 , `{"type":"adaptive","display":"summarized"}`, -    , -   , 64000
            claude-sonnet-5-5          , minimal, 0.5 , `{"type":"adaptive","display":"summarized"}`, low  , -   , 64000
            claude-mythos-preview      , max    , 0.5 , `{"type":"adaptive","display":"summarized"}`, max  , -   , 64000
            """)
    void effortAndTemperatureAreSaidAsEachModelTakesThem(
            String model, String effort, double temperature, String thinking, String level, String sampled, int limit) {
        ObjectNode request = (ObjectNode) json("{'messages':[{'role':'user','content':'a'}]}");
        request.put("model", model).put("temperature", temperature);
        if (!effort.isEmpty()) {
            request.put("reasoning_effort", effort);
        }
        JsonNode out = AnthropicRequest.of(request, ORIGIN, memory);
        assertThat(
                        out.path("thinking").isMissingNode()
                                ? "-"
                                : out.get("thinking").toString())
                .isEqualTo(thinking);
        assertThat(out.path("output_config").path("effort").asString("-")).isEqualTo(level);
        assertThat(out.has("temperature") ? out.get("temperature").toString() : "-")
                .isEqualTo(sampled);
        assertThat(out.get("max_tokens").intValue()).isEqualTo(limit);
    }

    @Test
    void aBudgetForThinkingLeavesRoomForTheAnswer() {
        String head =
                "{'model':'claude-sonnet-4-5','reasoning_effort':'high','messages':[{'role':'user','content':'a'}],";
        assertThat(translated(head + "'max_tokens':5000}")
                        .at("/thinking/budget_tokens")
                        .intValue())
                .isEqualTo(3976);
        assertThat(translated(head + "'max_completion_tokens':2000}").has("thinking"))
                .isFalse();
        JsonNode forced =
                translated(head + "'tools':[{'function':{'name':'t'}}],'tool_choice':{'function':{'name':'t'}}}");
        assertThat(forced.at("/tool_choice/type").stringValue()).isEqualTo("auto");
    }

    @Test
    void thinkingComesBackUnchangedToWhoThoughtIt() {
        String loop = """
                {'model':'claude-sonnet-4-5','reasoning_effort':'high','messages':[{'role':'user','content':'a'},
                 {'role':'assistant','content':'said','tool_calls':[{'id':'toolu_1','function':{'name':'t','arguments':'{}'}}]},
                 {'role':'tool','tool_call_id':'toolu_1','content':'r'}]}""";
        // Without it such a model refuses to think on, so it is not asked to.
        assertThat(translated(loop).has("thinking")).isFalse();
        ArrayNode blocks = (ArrayNode) json("""
                [{'type':'thinking','thinking':'hm','signature':'sig'},{'type':'text','text':'said'},
                 {'type':'tool_use','id':'toolu_1','name':'t','input':{}}]""");
        memory.keep(ORIGIN, List.of("toolu_1"), blocks);
        assertThat(translated(loop).at("/messages/1/content")).isEqualTo(blocks);
        assertThat(translated(loop).at("/thinking/type").stringValue()).isEqualTo("enabled");
        memory.keep("claude-opus-4-5 account", List.of("toolu_1"), blocks);
        assertThat(translated(loop).has("thinking")).as("another model's").isFalse();
        String later = loop.replace("'r'}]", "'r'},{'role':'assistant','content':'x'},{'role':'user','content':'y'}]");
        assertThat(translated(later).has("thinking")).as("a new turn").isTrue();
    }

    @Test
    void memoryForgetsTheOldestFirst() {
        for (int i = 0; i < 400; i++) {
            memory.keep(ORIGIN, List.of("t" + i), Json.MAPPER.createArrayNode().add(i));
        }
        assertThat(memory.recall(ORIGIN, List.of("t0"))).isEmpty();
        assertThat(memory.recall(ORIGIN, List.of("t399"))).isPresent();
        for (int i = 0; i < 3; i++) {
            memory.keep(
                    ORIGIN, List.of("big" + i), Json.MAPPER.createArrayNode().add("x".repeat(4 << 20)));
        }
        assertThat(memory.recall(ORIGIN, List.of("t399"))).isEmpty();
        assertThat(memory.recall(ORIGIN, List.of("big2"))).isPresent();
    }
}
