//! What the screens say, in the reader's language: messages with plurals from `words/<language>.ftl`.
//! May not hold a sentence itself; titles and advice of causes come from their catalogue.

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

/// A language that people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// English.
    En,
    /// Chinese.
    Zh,
}

impl Lang {
    /// The word in data and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    fn messages(self) -> &'static str {
        match self {
            Self::En => include_str!("words/en.ftl"),
            Self::Zh => include_str!("words/zh.ftl"),
        }
    }
}

/// The messages of one language.
pub struct Words(FluentBundle<FluentResource>);

impl Words {
    /// The messages of a language.
    pub fn of(lang: Lang) -> Self {
        // A message that does not parse is missing, and a missing one says its name; the tests find both.
        let messages = FluentResource::try_new(lang.messages().to_owned()).unwrap_or_else(|(messages, _)| messages);
        let mut bundle = FluentBundle::new(vec![lang.word().parse::<LanguageIdentifier>().unwrap_or_default()]);
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(messages);
        Self(bundle)
    }

    /// A message with its values.
    pub fn say<'a>(&self, name: &str, values: impl IntoIterator<Item = (&'a str, FluentValue<'a>)>) -> String {
        let Some(pattern) = self.0.get_message(name).and_then(|message| message.value()) else { return name.to_owned() };
        self.0.format_pattern(pattern, Some(&values.into_iter().collect::<FluentArgs<'_>>()), &mut Vec::new()).into_owned()
    }

    /// A message without values.
    pub fn word(&self, name: &str) -> String {
        self.say(name, [])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of messages with the values they use.
    fn used(lang: Lang) -> Vec<(String, Vec<String>)> {
        let text = lang.messages();
        FluentResource::try_new(text.to_owned()).expect("every message parses");
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" = ").filter(|(name, _)| !name.starts_with(' ')) {
                found.push((name.to_owned(), Vec::new()));
            }
            let values = line.split('$').skip(1).filter_map(|rest| rest.split([' ', '}']).next().map(str::to_owned));
            if let Some((_, known)) = found.last_mut() {
                known.extend(values);
                known.sort();
                known.dedup();
            }
        }
        found
    }

    #[test]
    fn both_languages_say_the_same_with_the_same_values() {
        assert_eq!(used(Lang::En), used(Lang::Zh));
    }

    #[test]
    fn plurals_and_choices() {
        let words = Words::of(Lang::En);
        assert_eq!(words.say("days-ago", [("n", 1.into())]), "1 day ago");
        assert_eq!(words.say("days-ago", [("n", 3.into())]), "3 days ago");
        assert_eq!(Words::of(Lang::Zh).say("days-ago", [("n", 3.into())]), "3 天前");
        assert_eq!(words.word("no-such-message"), "no-such-message");
    }
}
