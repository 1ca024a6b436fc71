<?php
/**
 * Plugin Name:       Witryna Frames
 * Description:       Shows the search, orders and sign-in of your domain shop inside your own pages: as blocks, or by the shortcode [witryna].
 * Version:           1.0.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Author:            Witryna
 * License:           MIT
 * License URI:       https://opensource.org/license/mit
 * Text Domain:       witryna-frames
 *
 * The plugin writes a tag and loads one script of the shop. It sends nothing anywhere, keeps one option, and stores
 * nothing about visitors. What happens in a frame is between the visitor's browser and the shop.
 */

namespace Witryna\Frames;

defined( 'ABSPATH' ) || exit;

const OPTION = 'witryna_frames_shop';
const LOADER = 'witryna-frames-loader';
const EDITOR = 'witryna-frames-blocks';

add_action( 'init', __NAMESPACE__ . '\\register' );
add_action( 'admin_init', __NAMESPACE__ . '\\register_settings' );
add_action( 'admin_menu', __NAMESPACE__ . '\\add_settings_page' );
add_filter( 'script_loader_tag', __NAMESPACE__ . '\\load_async', 10, 2 );
add_filter( 'plugin_action_links_' . plugin_basename( __FILE__ ), __NAMESPACE__ . '\\settings_link' );
register_uninstall_hook( __FILE__, __NAMESPACE__ . '\\uninstall' );

/**
 * View => title, icon of WordPress, name of the field that can be filled in beforehand ('' for none).
 */
function views() {
	return array(
		'domain-search'     => array( __( 'Search for a name', 'witryna-frames' ), 'search', 'query' ),
		'domain-order'      => array( __( 'Order a name', 'witryna-frames' ), 'cart', 'query' ),
		'hosting-order'     => array( __( 'Order hosting', 'witryna-frames' ), 'database', '' ),
		'certificate-order' => array( __( 'Order a certificate', 'witryna-frames' ), 'shield', '' ),
		'user-login'        => array( __( 'Sign in', 'witryna-frames' ), 'lock', 'email' ),
		'user-register'     => array( __( 'Open an account', 'witryna-frames' ), 'admin-users', 'email' ),
		'user-panel'        => array( __( 'Your services and proformas', 'witryna-frames' ), 'dashboard', '' ),
	);
}

/**
 * Shortcode, blocks and scripts. Nothing is loaded on pages that show no frame.
 */
function register() {
	$shop = shop();
	if ( '' !== $shop ) {
		// No version: the address stays for years, and the shop says how long it may be kept.
		wp_register_script( LOADER, $shop . '/embed/v1.js', array(), null, true ); // phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion
	}
	add_shortcode( 'witryna', __NAMESPACE__ . '\\shortcode' );
	register_editor_script();
	foreach ( views() as $view => $facts ) {
		register_block_type(
			'witryna/' . $view,
			array(
				'api_version'     => 2,
				'title'           => $facts[0],
				'category'        => 'embed',
				'icon'            => $facts[1],
				'keywords'        => array( 'witryna', 'domain', 'shop' ),
				'attributes'      => array_fill_keys( array( 'lang', 'theme', 'accent', 'label', 'width', 'fill' ), array( 'type' => 'string', 'default' => '' ) ),
				'supports'        => array( 'html' => false, 'align' => array( 'wide', 'full' ) ),
				'editor_script'   => EDITOR,
				'render_callback' => function ( $attributes ) use ( $view, $facts ) {
					$given = (array) $attributes;
					if ( '' !== $facts[2] && isset( $given['fill'] ) ) {
						$given[ $facts[2] ] = $given['fill'];
					}
					return render( array( 'view' => $view ) + $given, get_block_wrapper_attributes() );
				},
			)
		);
	}
}

/**
 * [witryna view="domain-search" lang="pl" theme="light" accent="#b4432a" label="…" width="600" query="…" email="…"]
 *
 * @param array|string $given Attributes as they were typed; '' when there are none.
 */
function shortcode( $given ) {
	return render( is_array( $given ) ? $given : array() );
}

/**
 * The tag with the link that stays where the frame cannot come. Everything typed is checked here and escaped once.
 *
 * @param array  $given   Attributes of shortcode or block.
 * @param string $wrapper Attributes of the block's own element, made by WordPress.
 */
function render( array $given, $wrapper = '' ) {
	$shop  = shop();
	$views = views();
	$view  = word( $given, 'view' );
	if ( '' === $shop ) {
		return note( __( 'Witryna Frames: write the address of your shop under Settings › Witryna Frames.', 'witryna-frames' ) );
	}
	if ( ! isset( $views[ $view ] ) ) {
		/* translators: %s: names of views */
		return note( sprintf( __( 'Witryna Frames: view must be one of %s.', 'witryna-frames' ), implode( ', ', array_keys( $views ) ) ) );
	}
	wp_enqueue_script( LOADER );
	$look  = look( $given );
	$label = word( $given, 'label' );
	$label = '' !== $label ? $label : $views[ $view ][0];
	$facts = array( 'view' => $view ) + $look + array( 'label' => $label );
	$field = $views[ $view ][2];
	$value = '' !== $field ? word( $given, $field ) : '';
	if ( '' !== $value && ( 'email' !== $field || is_email( $value ) ) ) {
		$facts[ 'data-' . $field ] = $value;
	}
	$tag = '<shop-frame';
	foreach ( $facts as $name => $value ) {
		$tag .= ' ' . $name . '="' . esc_attr( $value ) . '"';
	}
	$address = $shop . '/frames/' . $view . '?' . http_build_query( $look, '', '&' );
	$tag    .= '><a href="' . esc_url( $address ) . '">' . esc_html( $label ) . '</a></shop-frame>';
	$width   = min( absint( word( $given, 'width' ) ), 2000 );
	if ( $width >= 200 ) {
		$tag = '<div style="max-width:' . $width . 'px;margin-inline:auto">' . $tag . '</div>';
	}
	return '' !== $wrapper ? '<div ' . $wrapper . '>' . $tag . '</div>' : $tag;
}

/**
 * Language, theme and colour, each only when it is one.
 */
function look( array $given ) {
	$lang   = strtolower( substr( word( $given, 'lang' ), 0, 2 ) );
	$found  = array( 'lang' => preg_match( '/^[a-z]{2}$/', $lang ) ? $lang : strtolower( substr( determine_locale(), 0, 2 ) ) );
	$theme  = word( $given, 'theme' );
	$accent = strtolower( word( $given, 'accent' ) );
	if ( in_array( $theme, array( 'light', 'dark' ), true ) ) {
		$found['theme'] = $theme;
	}
	if ( preg_match( '/^#[0-9a-f]{6}$/', $accent ) ) {
		$found['accent'] = $accent;
	}
	return $found;
}

/**
 * One attribute as a plain text of at most 200 characters.
 */
function word( array $given, $name ) {
	$value = isset( $given[ $name ] ) && is_scalar( $given[ $name ] ) ? (string) $given[ $name ] : '';
	$text  = sanitize_text_field( html_entity_decode( $value, ENT_QUOTES, 'UTF-8' ) );
	return function_exists( 'mb_substr' ) ? mb_substr( $text, 0, 200 ) : substr( $text, 0, 200 );
}

/**
 * What only those see who can put it right.
 */
function note( $text ) {
	return current_user_can( 'edit_posts' ) ? '<p><em>' . esc_html( $text ) . '</em></p>' : '';
}

/**
 * The shop's script need not hold up the page.
 */
function load_async( $tag, $handle ) {
	return LOADER === $handle && false === strpos( $tag, ' async' ) ? str_replace( ' src=', ' async src=', $tag ) : $tag;
}

/* ---- the shop's address ------------------------------------------------------------------------------------- */

/**
 * The origin of the shop, '' before it is known.
 */
function shop() {
	return origin_of( get_option( OPTION, '' ) );
}

/**
 * "https://shop.example" of any address at the shop; '' for what is none. http only on this machine.
 */
function origin_of( $typed ) {
	$text  = is_string( $typed ) ? trim( $typed ) : '';
	$text  = preg_match( '#^[a-z][a-z0-9+.-]*://#i', $text ) ? $text : 'https://' . $text;
	$parts = wp_parse_url( $text );
	$host  = is_array( $parts ) && isset( $parts['host'] ) ? strtolower( $parts['host'] ) : '';
	if ( ! preg_match( '/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/', $host ) || isset( $parts['user'] ) ) {
		return '';
	}
	$local  = (bool) preg_match( '/(^|\.)localhost$/', $host );
	$scheme = strtolower( $parts['scheme'] );
	if ( 'https' !== $scheme && ! ( 'http' === $scheme && $local ) || ( false === strpos( $host, '.' ) && ! $local ) ) {
		return '';
	}
	return $scheme . '://' . $host . ( isset( $parts['port'] ) ? ':' . (int) $parts['port'] : '' );
}

/* ---- settings ------------------------------------------------------------------------------------------------- */

function register_settings() {
	register_setting(
		'witryna_frames',
		OPTION,
		array(
			'type'              => 'string',
			'default'           => '',
			'sanitize_callback' => __NAMESPACE__ . '\\sanitize_shop',
		)
	);
}

/**
 * Keeps the old address when the new one is none.
 */
function sanitize_shop( $typed ) {
	$text   = is_string( $typed ) ? trim( $typed ) : '';
	$origin = '' === $text ? '' : origin_of( $text );
	if ( '' === $origin && '' !== $text ) {
		add_settings_error( OPTION, 'address', __( 'This is not the address of a shop. It begins with https://.', 'witryna-frames' ) );
		return get_option( OPTION, '' );
	}
	return $origin;
}

function add_settings_page() {
	add_options_page( 'Witryna Frames', 'Witryna Frames', 'manage_options', 'witryna-frames', __NAMESPACE__ . '\\settings_page' );
}

function settings_link( $links ) {
	$link = '<a href="' . esc_url( admin_url( 'options-general.php?page=witryna-frames' ) ) . '">' . esc_html__( 'Settings', 'witryna-frames' ) . '</a>';
	return array_merge( array( $link ), $links );
}

function settings_page() {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	$site = origin_of( home_url() );
	?>
	<div class="wrap">
		<h1>Witryna Frames</h1>
		<form action="<?php echo esc_url( admin_url( 'options.php' ) ); ?>" method="post">
			<?php settings_fields( 'witryna_frames' ); ?>
			<table class="form-table" role="presentation"><tr>
				<th scope="row"><label for="witryna-shop"><?php esc_html_e( 'Address of your shop', 'witryna-frames' ); ?></label></th>
				<td><input id="witryna-shop" name="<?php echo esc_attr( OPTION ); ?>" type="url" class="regular-text code" value="<?php echo esc_attr( get_option( OPTION, '' ) ); ?>" placeholder="https://shop.example.com">
				<p class="description"><?php esc_html_e( 'As it stands in the Sales Panel under Frames.', 'witryna-frames' ); ?></p></td>
			</tr></table>
			<?php submit_button(); ?>
		</form>
		<h2><?php esc_html_e( 'Allow this site', 'witryna-frames' ); ?></h2>
		<p><?php esc_html_e( 'Browsers show frames only on sites that the shop allows. Add this address in the Sales Panel under Frames:', 'witryna-frames' ); ?> <code><?php echo esc_html( '' !== $site ? $site : home_url() ); ?></code></p>
		<?php if ( '' === $site ) : ?>
			<p><strong><?php esc_html_e( 'This site has no HTTPS address. Switch HTTPS on first: frames are not shown without it.', 'witryna-frames' ); ?></strong></p>
		<?php endif; ?>
		<h2><?php esc_html_e( 'Put a view into a page', 'witryna-frames' ); ?></h2>
		<p><?php esc_html_e( 'Add one of the Witryna blocks, or write a shortcode:', 'witryna-frames' ); ?></p>
		<table class="widefat striped" style="max-width:60em"><tbody>
		<?php foreach ( views() as $view => $facts ) : ?>
			<tr><td><?php echo esc_html( $facts[0] ); ?></td><td><code>[witryna view="<?php echo esc_html( $view ); ?>"]</code></td></tr>
		<?php endforeach; ?>
		</tbody></table>
	</div>
	<?php
}

/* ---- the block editor ------------------------------------------------------------------------------------------- */

/**
 * The editor's half of the blocks. It needs no build, so it stands here.
 */
function register_editor_script() {
	wp_register_script( EDITOR, false, array( 'wp-blocks', 'wp-element', 'wp-block-editor', 'wp-components' ), '1.0.0', true );
	$words = array(
		'look'   => __( 'Look', 'witryna-frames' ),
		'lang'   => __( 'Language, for example pl', 'witryna-frames' ),
		'theme'  => __( 'Light or dark', 'witryna-frames' ),
		'auto'   => __( 'as the page', 'witryna-frames' ),
		'light'  => __( 'light', 'witryna-frames' ),
		'dark'   => __( 'dark', 'witryna-frames' ),
		'accent' => __( 'Colour, for example #b4432a', 'witryna-frames' ),
		'label'  => __( 'Name for screen readers', 'witryna-frames' ),
		'width'  => __( 'At most this wide, in pixels', 'witryna-frames' ),
		'fill'   => __( 'Filled in beforehand', 'witryna-frames' ),
		'note'   => __( 'Visitors see this view of your shop here.', 'witryna-frames' ),
	);
	$views = array();
	foreach ( views() as $view => $facts ) {
		$views[] = array( 'name' => 'witryna/' . $view, 'title' => $facts[0], 'icon' => $facts[1], 'fill' => $facts[2] );
	}
	$data = wp_json_encode( array( 'views' => $views, 'words' => $words ), JSON_HEX_TAG | JSON_HEX_AMP );
	wp_add_inline_script( EDITOR, '(' . EDITOR_JS . ')(' . $data . ');' );
}

const EDITOR_JS = <<<'JS'
function (data) {
	var el = wp.element.createElement, c = wp.components, words = data.words;
	data.views.forEach(function (view) {
		wp.blocks.registerBlockType(view.name, {
			apiVersion: 2,
			title: view.title,
			icon: view.icon,
			category: "embed",
			attributes: ["lang", "theme", "accent", "label", "width", "fill"].reduce(function (all, name) {
				all[name] = { type: "string", default: "" };
				return all;
			}, {}),
			supports: { html: false, align: ["wide", "full"] },
			edit: function (props) {
				function text(name) {
					return el(c.TextControl, { key: name, label: words[name], value: props.attributes[name], onChange: function (value) {
						var change = {};
						change[name] = value;
						props.setAttributes(change);
					} });
				}
				var theme = el(c.SelectControl, { key: "theme", label: words.theme, value: props.attributes.theme,
					options: [{ label: words.auto, value: "" }, { label: words.light, value: "light" }, { label: words.dark, value: "dark" }],
					onChange: function (value) { props.setAttributes({ theme: value }); } });
				var fields = [text("lang"), theme, text("accent"), text("width"), text("label")].concat(view.fill ? [text("fill")] : []);
				return el("div", wp.blockEditor.useBlockProps(),
					el(wp.blockEditor.InspectorControls, {}, el(c.PanelBody, { title: words.look }, fields)),
					el(c.Placeholder, { icon: view.icon, label: view.title, instructions: words.note }));
			},
			save: function () { return null; }
		});
	});
}
JS;

/**
 * Leaves nothing behind.
 */
function uninstall() {
	delete_option( OPTION );
}
