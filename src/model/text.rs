//! Text that people type, in the words of the API's description: what may stand in it, as a pattern. The rules themselves
//! are in `domain`, and tests there hold both together.

use utoipa::ToSchema;

/// A pattern, and the kinds of text that it describes.
macro_rules! text {
    (
        $(#[doc = $about:literal])+ $pattern:ident = $regex:tt;
        $($(#[doc = $doc:literal])+ $name:ident, $shortest:tt to $longest:tt, $example:tt;)+
    ) => {
        $(#[doc = $about])+
        pub const $pattern: &str = $regex;
        $(
            $(#[doc = $doc])+
            #[derive(ToSchema)]
            #[schema(
                value_type = String, min_length = $shortest, max_length = $longest, pattern = $regex, example = $example
            )]
            pub struct $name(pub String);
        )+
    };
}

text! {
    /// No controls, nothing that breaks the line or turns its direction, and something to be seen.
    LINE = r"^[^\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069\uFEFF]*[^\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069\uFEFF\u0020\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000][^\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069\uFEFF]*$";
    /// What to call somebody: one visible line, not blank.
    DisplayName, 1 to 100, "Alice Example";
    /// What a group is called: one visible line, not blank.
    Title, 1 to 100, "Weekend plans";
}
text! {
    /// No NUL, and something to be seen.
    MESSAGE = r"^[^\u0000]*[^\u0000\u200B\uFEFF\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000][^\u0000]*$";
    /// What a message says: anything, but not blank.
    MessageText, 1 to 4000, "See you at eight";
}
text! {
    /// No NUL, and three characters when the white space around them is taken away.
    WORDS = r"^[\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]*[^\u0000\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000][^\u0000]+[^\u0000\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000][\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]*$";
    /// What to search for.
    Words, 3 to 254, "ali";
}
